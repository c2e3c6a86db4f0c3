/** What can be said of an AWS error beside its name. */
export type AwsErrorOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  /** The refused write asked for what was so already. */
  readonly alreadyHeld?: boolean;
};

/** An error as AWS answers it: HTTP status, name and text. */
export class AwsError extends Error {
  readonly status: number;
  readonly errorName: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly alreadyHeld: boolean;

  constructor(status: number, errorName: string, message: string, options: AwsErrorOptions = {}) {
    super(message);
    this.status = status;
    this.errorName = errorName;
    this.headers = options.headers ?? {};
    this.alreadyHeld = options.alreadyHeld ?? false;
  }
}

// RAM answers every client error with 400, also what is not found or not permitted, with these exceptions.
const ramStatuses: Readonly<Record<string, number>> = {
  PermissionAlreadyExistsException: 409,
  ThrottlingException: 429,
  ServerInternalException: 500,
  ServiceUnavailableException: 503,
};

/** An error of RAM with the status that its model gives it. */
export function ramError(errorName: string, message: string, options: AwsErrorOptions = {}): AwsError {
  return new AwsError(ramStatuses[errorName] ?? 400, errorName, message, options);
}

const imageBuilderStatuses: Readonly<Record<string, number>> = {
  ForbiddenException: 403,
  ResourceNotFoundException: 404,
  CallRateLimitExceededException: 429,
  ServiceException: 500,
  ServiceUnavailableException: 503,
};

/** An error of Image Builder with the status that its model gives it. */
export function imageBuilderError(errorName: string, message: string, options: AwsErrorOptions = {}): AwsError {
  return new AwsError(imageBuilderStatuses[errorName] ?? 400, errorName, message, options);
}
