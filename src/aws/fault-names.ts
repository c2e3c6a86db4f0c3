import type { ErrorCode } from '../domain/errors.ts';

/** What a name of AWS means, whatever the operation. Reviewed by hand: a name that is not here is not guessed. */
const codeOfName: Readonly<Record<string, ErrorCode>> = {
  // Image Builder's own name for 429, when the EC2 calls that it makes for the caller are throttled.
  CallRateLimitExceededException: 'aws-throttled',
  // The SDK's list of throttling names.
  BandwidthLimitExceeded: 'aws-throttled',
  EC2ThrottledException: 'aws-throttled',
  LimitExceededException: 'aws-throttled',
  PriorRequestNotComplete: 'aws-throttled',
  ProvisionedThroughputExceededException: 'aws-throttled',
  RequestLimitExceeded: 'aws-throttled',
  RequestThrottled: 'aws-throttled',
  RequestThrottledException: 'aws-throttled',
  SlowDown: 'aws-throttled',
  ThrottledException: 'aws-throttled',
  Throttling: 'aws-throttled',
  ThrottlingException: 'aws-throttled',
  TooManyRequestsException: 'aws-throttled',
  TransactionInProgressException: 'aws-throttled',

  ServiceUnavailable: 'aws-unavailable',
  ServiceUnavailableException: 'aws-unavailable',
  RequestAbortedException: 'aws-unavailable',
  RequestTimeout: 'aws-unavailable',
  RequestTimeoutException: 'aws-unavailable',
  TimeoutError: 'aws-unavailable',

  InternalError: 'aws-server-error',
  InternalFailure: 'aws-server-error',
  InternalServerError: 'aws-server-error',
  InternalServerException: 'aws-server-error',
  ServerInternalException: 'aws-server-error',
  ServiceException: 'aws-server-error',

  ExpiredToken: 'aws-credentials-expired',
  ExpiredTokenException: 'aws-credentials-expired',
  RequestExpired: 'aws-credentials-expired',
  // Seen for a moment while keys are rotated.
  InvalidClientTokenId: 'aws-credentials-expired',
  UnrecognizedClientException: 'aws-credentials-expired',
  // The signature's time is off: the SDK corrects its clock by the answer, so the next call is right.
  InvalidSignatureException: 'aws-credentials-expired',
  RequestInTheFuture: 'aws-credentials-expired',
  RequestTimeTooSkewed: 'aws-credentials-expired',
  CredentialsProviderError: 'aws-credentials-missing',
  TokenProviderError: 'aws-credentials-missing',

  AccessDenied: 'aws-access-denied',
  AccessDeniedException: 'aws-access-denied',
  AuthFailure: 'aws-access-denied',
  ForbiddenException: 'aws-access-denied',
  IncompleteSignature: 'aws-access-denied',
  IncompleteSignatureException: 'aws-access-denied',
  MissingAuthenticationToken: 'aws-access-denied',
  MissingAuthenticationTokenException: 'aws-access-denied',
  NotAuthorized: 'aws-access-denied',
  // RAM refuses reads and new shares so; for changes and promotions see below.
  OperationNotPermittedException: 'aws-access-denied',
  OptInRequired: 'aws-access-denied',
  SignatureDoesNotMatch: 'aws-access-denied',
  UnauthorizedOperation: 'aws-access-denied',

  ClientException: 'aws-request-invalid',
  DryRunOperationException: 'aws-request-invalid',
  InvalidClientTokenException: 'aws-request-invalid',
  InvalidMaxResultsException: 'aws-request-invalid',
  InvalidNextTokenException: 'aws-request-invalid',
  InvalidPaginationTokenException: 'aws-request-invalid',
  InvalidParameterException: 'aws-request-invalid',
  InvalidParameterValueException: 'aws-request-invalid',
  InvalidPolicyException: 'aws-request-invalid',
  InvalidRequestException: 'aws-request-invalid',
  InvalidResourceTypeException: 'aws-request-invalid',
  MalformedArnException: 'aws-request-invalid',
  MalformedHttpRequestException: 'aws-request-invalid',
  MalformedPolicyTemplateException: 'aws-request-invalid',
  MissingRequiredParameterException: 'aws-request-invalid',
  RequestEntityTooLargeException: 'aws-request-invalid',
  TagPolicyViolationException: 'aws-request-invalid',
  ValidationError: 'aws-request-invalid',
  ValidationException: 'aws-request-invalid',

  ResourceNotFoundException: 'aws-not-found',
  ResourceShareInvitationArnNotFoundException: 'aws-not-found',
  // RAM takes a while to know what it has just made, and says this with status 400.
  ResourceArnNotFoundException: 'aws-not-there-yet',
  UnknownResourceException: 'aws-not-there-yet',

  PermissionLimitExceededException: 'permission-quota',
  PermissionVersionsLimitExceededException: 'aws-quota',
  ResourceShareLimitExceededException: 'aws-quota',
  ServiceQuotaExceededException: 'aws-quota',
  TagLimitExceededException: 'aws-quota',

  IdempotentParameterMismatchException: 'aws-state-conflict',
  InvalidStateTransitionException: 'aws-state-conflict',
  PermissionAlreadyExistsException: 'aws-state-conflict',
  ResourceDependencyException: 'aws-state-conflict',
  ResourceInUseException: 'aws-state-conflict',
  UnmatchedPolicyPermissionException: 'permission-unmatched',
};

// An unpromoted share, or one in transition, may not be changed: whoever asked reads it again.
const changeOfShare: Readonly<Record<string, ErrorCode>> = { OperationNotPermittedException: 'aws-state-conflict' };
// What is to be removed is gone.
const removal: Readonly<Record<string, ErrorCode>> = {
  ...changeOfShare,
  UnknownResourceException: 'aws-state-conflict',
};
const noSuchImage: Readonly<Record<string, ErrorCode>> = { ResourceNotFoundException: 'image-gone' };

/** Where a name means something else for one operation. */
const codeOfNameIn: Readonly<Record<string, Readonly<Record<string, ErrorCode>>>> = {
  PutImagePolicy: noSuchImage,
  GetImagePolicy: noSuchImage,
  ListImageBuildVersions: noSuchImage,
  // GetImage has no name of its own for an image that is not there, and the ARN was checked before.
  GetImage: { ...noSuchImage, ClientException: 'image-gone', InvalidRequestException: 'image-gone' },
  PromoteResourceShareCreatedFromPolicy: {
    OperationNotPermittedException: 'promotion-refused',
    InvalidPolicyException: 'principal-not-promotable',
  },
  PromotePermissionCreatedFromPolicy: {
    OperationNotPermittedException: 'promotion-refused',
    InvalidPolicyException: 'principal-not-promotable',
  },
  CreatePermission: { InvalidPolicyException: 'principal-not-promotable' },
  AssociateResourceShare: changeOfShare,
  AssociateResourceSharePermission: changeOfShare,
  TagResource: changeOfShare,
  UntagResource: changeOfShare,
  DisassociateResourceShare: removal,
  DeleteResourceShare: removal,
};

/** What AWS means by the name of an error of an operation; null where nobody has looked at the name yet. */
export function codeOfAwsName(name: string, operation: string): ErrorCode | null {
  return ownEntry(ownEntry(codeOfNameIn, operation) ?? {}, name) ?? ownEntry(codeOfName, name);
}

// Names come from outside: `constructor` must not find what every object has.
function ownEntry<T>(table: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(table, name) ? (table[name] ?? null) : null;
}
