import type { ImageArn } from './arn.ts';
import { imageArnParts } from './arn.ts';
import type { Baseline, ObservedShare } from './observation.ts';
import { isGiven, isStandard } from './shares.ts';

// An outcome has at most 1.5 KB; what does not fit is read from the history of the image.
const longestPolicy = 300;
const mostPrincipals = 8;

/** What has to be known to say by hand what an undo could not do. */
export interface RunbookFacts {
  readonly image: ImageArn;
  readonly workflowId: string;
  readonly baseline: Baseline;
  /** Shares that the transaction made or promoted. */
  readonly ownShareArns: readonly string[];
}

/** The exact commands with which a person looks at the image, compares it with its baseline, and brings it back. */
export function runbookOf({ image, workflowId, baseline, ownShareArns }: RunbookFacts): string {
  const { region } = imageArnParts(image);
  const standard = baseline.shares.filter(isStandard);
  const added = ownShareArns.filter((arn) => !baseline.shares.some(({ shareArn }) => shareArn === arn));
  return [
    '# what is there now',
    `aws imagebuilder get-image-policy --region ${region} --image-arn ${image}`,
    `aws ram list-principals --region ${region} --resource-owner SELF --resource-arn ${image}`,
    '# the baseline',
    `temporal workflow show --workflow-id '${workflowId}' --output json  # result of validateImage`,
    '# bring it back, where nobody else has changed it',
    ...(standard.length === 0 ? policyCommands(image, region, baseline, added) : standard.flatMap(shareCommands)),
  ].join('\n');
}

function policyCommands(
  image: ImageArn,
  region: string,
  { policy }: Baseline,
  added: readonly string[],
): readonly string[] {
  const removals = added.map((arn) => `aws ram delete-resource-share --region ${region} --resource-share-arn ${arn}`);
  if (policy === null) return [...removals, `# baseline: no policy, nobody has access`];
  const text = policy.length > longestPolicy ? 'file://baseline-policy.json' : `'${policy.replaceAll("'", "'\\''")}'`;
  return [`aws imagebuilder put-image-policy --region ${region} --image-arn ${image} --policy ${text}`];
}

function shareCommands({ shareArn, principals }: ObservedShare): readonly string[] {
  const entities = principals.filter(isGiven).map(({ associatedEntity }) => associatedEntity);
  const named = entities.slice(0, mostPrincipals).join(' ');
  const more =
    entities.length > mostPrincipals ? `  # and ${entities.length - mostPrincipals} more: see the baseline` : '';
  return [`aws ram associate-resource-share --resource-share-arn ${shareArn} --principals ${named}${more}`];
}
