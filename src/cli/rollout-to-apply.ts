import type { PolicyRolloutClient } from '../client.ts';
import type { PlanDocument } from '../contracts/plan-document.ts';
import type { PlannedBase, RolloutOrigin, RolloutSpec } from '../contracts/rollout.ts';
import { AppError } from '../domain/errors.ts';
import { confirm } from './confirm.ts';
import { lookUntilInterrupted } from './interrupt.ts';
import { noteProblems } from './note-problems.ts';
import { renderForecast } from './render/forecast.ts';
import { renderPlan } from './render/plan.ts';
import { imagesText } from './render/validation.ts';
import type { Session } from './session.ts';

/** What a command line says about the plan that is applied. */
export interface PlanFileOptions {
  readonly yes?: true;
  readonly replan?: true;
  /** Milliseconds. */
  readonly maxAge?: number;
  readonly planSha256?: string;
  readonly updateSchedule?: true;
}

/** What a file asks for: the rollout of a manifest, or exactly that of a plan. */
export interface AskedRollout {
  readonly spec: RolloutSpec;
  readonly plan: PlanDocument | null;
}

const usualMaxAgeMs = 24 * 60 * 60 * 1000;

/** Reads a plan or a manifest, and tells of its warnings. Throws as `checkPlan` and `loadManifest` do, and `usage-wrong`. */
export async function readRollout(
  session: Session,
  path: string,
  options: PlanFileOptions,
  { overrides }: RolloutOrigin,
): Promise<AskedRollout> {
  const { checkPlan, readPlanText } = await import('../config/plan-file.ts');
  const text = await readPlanText(path);
  if (text !== null) {
    if (options.updateSchedule === true) {
      const detail = '--update-schedule is for a manifest, and this is a plan, which names the images of one day';
      throw new AppError('usage-wrong', detail, { item: path });
    }
    const { maxAge = usualMaxAgeMs, planSha256 = null } = options;
    const plan = checkPlan(path, text, { nowMs: session.io.now(), maxAgeMs: maxAge, fileSha256: planSha256 });
    return { spec: plan.spec, plan };
  }
  if (options.replan === true || options.maxAge !== undefined || options.planSha256 !== undefined) {
    const detail = '--replan, --max-age and --plan-sha256 are for a plan, and this is a manifest';
    throw new AppError('usage-wrong', detail, { item: path });
  }
  const { loadManifest } = await import('../config/load.ts');
  const { spec, problems } = await loadManifest(path, { overrides });
  noteProblems(session, problems);
  return { spec, plan: null };
}

/** A rollout that somebody agreed to, and the plan that is kept to. */
export interface AgreedRollout {
  readonly spec: RolloutSpec;
  readonly plan?: PlannedBase;
}

/**
 * Asks whoever sits at the terminal, and shows what would be done; what was shown is then what is done. Where nobody is
 * asked it shows the numbers of the strategy alone. Null where Ctrl-C comes before the plan. Throws
 * `confirmation-missing`, and what `PolicyRolloutClient.plan` throws.
 */
export async function agree(
  session: Session,
  client: PolicyRolloutClient,
  { spec, plan: given }: AskedRollout,
  { origin, options }: { readonly origin: RolloutOrigin; readonly options: PlanFileOptions },
): Promise<AgreedRollout | null> {
  const { io, output } = session;
  const isYes = options.yes === true;
  const isShown = !isYes && io.ask !== null;
  const isPlanning = isShown && given === null;
  const made = isPlanning
    ? await lookUntilInterrupted(session, (signal) => client.plan(spec, origin, { signal }))
    : null;
  if (isPlanning && made === null) return null;
  const plan = given ?? made;
  if (isShown && plan !== null) output.note(...renderPlan(plan, output.paintNotes));
  else output.note(...renderForecast(spec, plan, output.paintNotes));
  await confirm(session, `Roll ${spec.rolloutName} out to ${imagesText(spec)}?`, isYes);
  if (plan === null) return { spec };
  const { plannedBase } = await import('../client/plan-document.ts');
  return { spec: plan.spec, plan: plannedBase(plan, options.replan === true) };
}
