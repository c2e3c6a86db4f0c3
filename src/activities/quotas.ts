import { readUsedQuotas } from '../aws/quotas.ts';
import type { Activities } from '../contracts/activities.ts';
import type { QuotaUse } from '../contracts/plan.ts';
import { partitionOf } from '../domain/image-set.ts';
import { runStep } from './attempt.ts';
import { stageOf, wantedOf } from './converging.ts';
import type { Dependencies } from './dependencies.ts';
import { missingPermissions } from './missing-permissions.ts';

// [D] RAM-UG and BC: quotas that nobody can raise, or that few have raised.
const mostCustomerPermissions = 10;
const mostPendingInvitations = 20;

/** The step that reads what is left of small quotas. */
export function quotaActivities(dependencies: Dependencies): Pick<Activities, 'readQuotas'> {
  return {
    /**
     * Reads how many customer managed permissions and pending invitations an account has in a Region, and how many more
     * permissions the policy will need there.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads.
     * - Throws: `limits-exceeded` and `aws-access-denied` (never), AWS's own (as their class says).
     * - Class: scan. Two calls for each account and Region.
     */
    readQuotas: ({ images, ...input }) =>
      runStep(dependencies, [], async (attempt) => {
        const uses: QuotaUse[] = [];
        for (const image of images) {
          const stage = stageOf(dependencies, attempt, { ...input, image, rolloutName: '' });
          const { access } = stage;
          const used = await readUsedQuotas({ clients: dependencies.clients, access, call: attempt });
          const { grants } = await wantedOf(stage, []);
          const { customerPermissionNames, pendingInvitationCount } = used;
          uses.push({
            partition: partitionOf(image),
            customerPermissions: {
              used: customerPermissionNames.length,
              most: mostCustomerPermissions,
              wanted: missingPermissions(grants, customerPermissionNames).length,
            },
            pendingInvitations: { used: pendingInvitationCount, most: mostPendingInvitations },
          });
        }
        return uses;
      }),
  };
}
