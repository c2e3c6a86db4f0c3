/** What an image build ARN says. */
export type ImageParts = {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
  readonly version: string;
  readonly build: string;
  /** The ARN without its build: what ListImages lists. */
  readonly versionArn: string;
};

// Image Builder's own pattern for the imageArn of a policy.
const imageArnPattern =
  /^arn:(aws[^:]*):imagebuilder:([^:]+):([0-9]{12}|aws(?:-[a-z-]+)?):image\/([a-z0-9-_]+)\/([0-9]+\.[0-9]+\.[0-9]+)\/([0-9]+)$/;

/** The parts of an image build ARN, or undefined where the text is none. */
export function parseImageArn(arn: string): ImageParts | undefined {
  const match = imageArnPattern.exec(arn);
  if (match === null) return undefined;
  const [, partition = '', region = '', account = '', name = '', version = '', build = ''] = match;
  return { partition, region, account, name, version, build, versionArn: arn.slice(0, -build.length - 1) };
}

/** The partition that a Region belongs to. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** The account in the fifth field of an ARN, or undefined where there is none. */
export function accountInArn(arn: string): string | undefined {
  const account = arn.split(':', 5)[4];
  return account !== undefined && isAccountId(account) ? account : undefined;
}

export function isAccountId(text: string): boolean {
  return /^[0-9]{12}$/.test(text);
}

/** Whether the text is an ARN of the service: `arn:<partition>:<service>:<region>:<account>:<resource>`. */
export function isArnOf(service: string, text: string): boolean {
  const [prefix, , named, , , resource] = text.split(':');
  return prefix === 'arn' && named === service && resource !== undefined && resource !== '';
}
