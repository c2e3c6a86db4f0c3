import type { PlanDocument } from '../../contracts/plan-document.ts';
import type { QuotaUse } from '../../contracts/plan.ts';

// More of them are in the JSON.
const mostShown = 3;

/** What is left of small quotas in the accounts and Regions of a plan, the fullest first; says where it was not read. */
export function quotaLines({ quotas, unreadQuotaCount }: PlanDocument): readonly string[] {
  if (unreadQuotaCount > 0) return [`quotas: not read, because these are ${unreadQuotaCount} accounts and Regions`];
  const fullest = [...quotas].sort((left, right) => roomIn(left) - roomIn(right));
  const others = fullest.length - mostShown;
  return [
    ...fullest.slice(0, mostShown).map(quotaLine),
    ...(others > 0 ? [`quotas: ${others} more accounts and Regions, none of them fuller`] : []),
  ];
}

function quotaLine({ partition, customerPermissions, pendingInvitations }: QuotaUse): string {
  const { wanted } = customerPermissions;
  const permissions = `${freeText(customerPermissions)} customer managed permissions free${wanted === 0 ? '' : ` and ${wanted} needed`}`;
  return `quotas of ${partition}: ${permissions}, ${freeText(pendingInvitations)} pending invitations free`;
}

function freeText({ used, most }: { readonly used: number; readonly most: number }): string {
  return `${Math.max(0, most - used)} of ${most}`;
}

/** The smaller part of the two quotas that is left, from 1 downwards. */
function roomIn({ customerPermissions: { used, most, wanted }, pendingInvitations }: QuotaUse): number {
  return Math.min((most - used - wanted) / most, 1 - pendingInvitations.used / pendingInvitations.most);
}
