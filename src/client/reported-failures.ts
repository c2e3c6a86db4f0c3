import type { ReportedImage } from '../contracts/report.ts';
import type { FailureSummary } from '../contracts/rollout.ts';
import { longestFailureDetail, mostFailures } from '../domain/batches.ts';
import { isConsequence } from '../domain/consequence.ts';

/** The first failures of a report, as a root that had come to its end would have told them. */
export function failuresIn(images: readonly ReportedImage[]): readonly FailureSummary[] {
  return images
    .flatMap(({ imageArn, error }) =>
      error === undefined || isConsequence(error.code)
        ? []
        : [{ imageArn, code: error.code, detail: error.detail.slice(0, longestFailureDetail) }],
    )
    .slice(0, mostFailures);
}
