/** What the API server is asked to bear, and how long we wait. */
export interface ApiLimits {
  /** In the long run, without watches and leases. */
  readonly requestsPerSecond: number;
  readonly burst: number;
  /** At a time, without watches and leases. */
  readonly concurrency: number;
  /** For one attempt, from sending it to its last byte. */
  readonly deadlineSeconds: number;
  readonly bodyBytes: number;
  readonly attempts: number;
  /** Before the second attempt; doubles for each further one, up to 10 s, half of it by chance. */
  readonly backoffSeconds: number;
  /** The server is asked to end each watch after so long. */
  readonly watchSeconds: number;
  /** A server that has not ended its watch so long after that is gone: 40 s + 10 s leave a tick to decide within the minute we promise. */
  readonly watchGraceSeconds: number;
}

/** 20 requests a second and bursts of 40 are what controller-runtime allows itself. */
export const DEFAULT_API_LIMITS: ApiLimits = {
  requestsPerSecond: 20,
  burst: 40,
  concurrency: 32,
  deadlineSeconds: 15,
  bodyBytes: 64e6,
  attempts: 4,
  backoffSeconds: 0.25,
  watchSeconds: 40,
  watchGraceSeconds: 10,
};
