import { writeFile } from 'node:fs/promises';
import type { DriftDocument, PlanDocument, VerifyDocument } from '../../src/contracts/plan-document.ts';
import type { RolloutReport } from '../../src/contracts/report.ts';
import type { Act } from '../../src/simulator/acts.ts';
import type { CliRig } from './cli-rig.ts';
import { cliRig } from './cli-rig.ts';
import { anImageArn, ownerAccount } from './simulator.ts';

export const a = '222222222222';
export const b = '333333333333';
export const c = '444444444444';
/** Not of the organisation. */
export const outsider = '888888888888';

/** A rig of the command line, with what tests of plans, drift and proofs do to its images. */
export interface PlanRig {
  readonly rig: CliRig;
  /** Unshared images of one name. */
  readonly seedImages: (name: string, count: number) => readonly string[];
  /** Images that a rollout has shared with A and B. */
  readonly rolledOut: (name: string, count: number) => Promise<{ manifest: string; images: readonly string[] }>;
  /** What somebody else does, and what AWS makes of it. */
  readonly act: (given: Act) => void;
  /** A worker with limits of its own, on a task queue of its own; gives the environment of both sides. */
  readonly limitedTo: (queue: string, accounts: readonly string[]) => Promise<Readonly<Record<string, string>>>;
}

/** Starts it before the tests of a file, and ends it after them. */
export function planRig(taskQueue: string): PlanRig {
  const rig = cliRig(taskQueue, {
    settings: {
      organization: { id: 'o-company', managementAccount: '999999999999', members: [ownerAccount, a, b, c] },
      behaviour: { outsideInvitationVisibleToOwner: 'yes' },
    },
  });
  const seedImages = (name: string, count: number): readonly string[] => {
    const arns = Array.from({ length: count }, (_, index) => anImageArn({ name, build: index + 1 }));
    rig.simulator().seed({ images: arns.map((arn) => ({ arn })) });
    return arns;
  };
  return {
    rig,
    seedImages,
    rolledOut: async (name, count) => {
      const images = seedImages(name, count);
      const manifest = await rig.manifest(name, { principals: [a, b], images });
      const { exitCode, stderr } = await rig.cli('apply', manifest, '--yes');
      if (exitCode !== 0) throw new Error(stderr);
      return { manifest, images };
    },
    act: (given) => {
      rig.simulator().act(given);
      rig.simulator().settle();
    },
    limitedTo: async (queue, accounts) => {
      const limits = rig.path(`${queue}-${accounts.length}.yaml`);
      await writeFile(limits, allowOnly(accounts));
      return {
        ...rig.variables(),
        POLICY_ROLLOUT_TASK_QUEUE: `plan-${queue}-${process.pid}`,
        POLICY_ROLLOUT_LIMITS: limits,
      };
    },
  };
}

function allowOnly(accounts: readonly string[]): string {
  return [
    'apiVersion: policy-rollout/v1',
    `ownerAccounts: { '${ownerAccount}': {} }`,
    `grantTo: { accounts: ${JSON.stringify(accounts)} }`,
  ].join('\n');
}

export function planIn({ stdout }: { readonly stdout: string }): PlanDocument {
  return JSON.parse(stdout) as PlanDocument;
}

export function driftIn({ stdout }: { readonly stdout: string }): DriftDocument {
  return JSON.parse(stdout) as DriftDocument;
}

export function sightIn({ stdout }: { readonly stdout: string }): VerifyDocument {
  return JSON.parse(stdout) as VerifyDocument;
}

export function reportIn({ stdout }: { readonly stdout: string }): RolloutReport {
  return JSON.parse(stdout) as RolloutReport;
}
