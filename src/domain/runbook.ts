import type { ImageArn } from './arn.ts';
import { imageArnParts } from './arn.ts';
import type { Baseline, ObservedShare } from './observation.ts';
import { rolloutTagKey } from './observation.ts';
import { ownerOnlyPolicy } from './policy.ts';
import { isGiven, isStandard } from './shares.ts';

// A batch of 200 outcomes has to stay readable; what does not fit is read from the history of the image.
const longestPolicy = 300;
const mostPrincipals = 8;
const principalsFile = 'principals.txt';

/** What has to be known to say by hand what an undo could not do. */
export interface RunbookFacts {
  readonly image: ImageArn;
  readonly workflowId: string;
  readonly runId: string;
  readonly baseline: Baseline;
  /** Shares that the transaction made or promoted. */
  readonly ownShareArns: readonly string[];
}

/**
 * The exact commands with which a person looks at the image, compares it with its baseline, and brings it back. Who
 * follows them in their order finds the access of the baseline, and nothing else; a line that begins with `#` tells what
 * to expect.
 */
export function runbookOf(facts: RunbookFacts): string {
  const { image, workflowId, runId, baseline } = facts;
  const history = `temporal workflow show --workflow-id '${workflowId}' --run-id '${runId}' --output json`;
  const result = '.activityTaskCompletedEventAttributes.result.payloads[0].data | values | @base64d | fromjson';
  return [
    '# what is there now',
    `aws imagebuilder get-image-policy ${inRegion(image)} --image-arn ${image}`,
    `aws ram list-principals ${inRegion(image)} --resource-owner SELF --resource-arn ${image}`,
    '# the baseline; where payloads are encrypted, add --codec-endpoint to temporal, and --codec-auth where it asks for a token',
    `${history} | jq 'first(.events[] | ${result} | .baseline? // empty)' > baseline.json`,
    '# bring it back, where nobody else has changed it',
    ...(baseline.shares.some(isStandard) ? shareCommands(facts) : policyCommands(facts)),
  ].join('\n');
}

/** RAM wrote the policy of the baseline, so it is asked to write it again. */
function shareCommands({ image, baseline, ownShareArns }: RunbookFacts): readonly string[] {
  const before = baseline.shares.map(({ shareArn }) => shareArn);
  const added = ownShareArns.filter((arn) => !before.includes(arn));
  return [...baseline.shares.flatMap((share) => alignmentCommands(image, share)), ...deletions(image, added)];
}

/** A promoted share cannot go back, and what a policy does over one is not documented: so it goes before the policy comes. */
function policyCommands({ image, baseline, ownShareArns }: RunbookFacts): readonly string[] {
  const { policy, shares } = baseline;
  const ours = new Set([...shares.map(({ shareArn }) => shareArn), ...ownShareArns]);
  const put = `aws imagebuilder put-image-policy ${inRegion(image)} --image-arn ${image} --policy`;
  return [
    ...deletions(image, [...ours]),
    ...(ours.size === 0 ? [] : ['# once list-principals names nobody']),
    policy !== null && policy.length > longestPolicy
      ? `${put} "$(jq -r .policy baseline.json)"`
      : `${put} ${quoted(policy ?? ownerOnlyPolicy(image))}`,
  ];
}

function deletions(image: ImageArn, shareArns: readonly string[]): readonly string[] {
  if (shareArns.length === 0) return [];
  return [
    '# where RAM refuses, as the share was never promoted, go on',
    ...shareArns.map((arn) => `aws ram delete-resource-share ${inRegion(image)} --resource-share-arn ${arn}`),
  ];
}

/** Gives a share its image, principals and permission back, then takes everybody out who was not in it. */
function alignmentCommands(image: ImageArn, share: ObservedShare): readonly string[] {
  const of = `${inRegion(image)} --resource-share-arn ${share.shareArn}`;
  // A rollout changes nothing in a share that has other resources too, but may take the image out of it.
  if (share.otherResourceCount > 0) return [`aws ram associate-resource-share ${of} --resource-arns ${image}`];
  const { names, file } = namesIn(share);
  const content = `--resource-arns ${image}${names === '' ? '' : ` --principals ${names}`}`;
  const permissionArns = share.permissions
    .filter(({ featureSet }) => featureSet === 'STANDARD')
    .map(({ permissionArn }) => permissionArn);
  const others = [
    `aws ram list-principals ${inRegion(image)} --resource-owner SELF --resource-share-arns ${share.shareArn}`,
    `--query 'principals[].id' --output text | tr '\\t' '\\n' | grep -vxF "$(printf '%s\\n' ${names})"`,
  ].join(' ');
  const isKnown = file === null ? '' : `test -s ${principalsFile} && `;
  return [
    ...(file === null ? [] : [file]),
    `# where RAM knows the share no more: ${creation(image, share, `${content} --permission-arns ${permissionArns.join(' ')}`)}`,
    `aws ram associate-resource-share ${of} ${content}`,
    ...permissionArns.map(
      (arn) => `aws ram associate-resource-share-permission ${of} --permission-arn ${arn} --replace`,
    ),
    `${isKnown}${others} | xargs -r aws ram disassociate-resource-share ${of} --principals`,
  ];
}

function creation(image: ImageArn, { name, rolloutTag }: ObservedShare, content: string): string {
  const tags = rolloutTag === null ? '' : ` --tags key=${rolloutTagKey},value=${rolloutTag}`;
  return `aws ram create-resource-share ${inRegion(image)} --name ${quoted(name)} ${content}${tags}`;
}

/** The principals of a share as words of commands, and the command that has to write them into a file where they are many. */
function namesIn({ shareArn, principals }: ObservedShare): { readonly names: string; readonly file: string | null } {
  const entities = principals.filter(isGiven).map(({ associatedEntity }) => associatedEntity);
  if (entities.length <= mostPrincipals) return { names: entities.join(' '), file: null };
  const isNotGiven = '.status | IN("FAILED", "DISASSOCIATING", "DISASSOCIATED")';
  const given = `.principals[] | select(${isNotGiven} | not).associatedEntity`;
  const command = `jq -r '.shares[] | select(.shareArn == "${shareArn}") | ${given}' baseline.json`;
  return { names: `$(cat ${principalsFile})`, file: `${command} > ${principalsFile}` };
}

function inRegion(image: ImageArn): string {
  return `--region ${imageArnParts(image).region}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
