/** What the server shows; the addon's parts are behind it. All answers are made at once, from what is in memory. */
export interface AddonView {
  readonly metricsContentType: string;
  metrics(): Promise<string>;
  /** Why the process should be restarted: no round for too long; empty: healthy. */
  unhealthy(): readonly string[];
  /** Why the addon can't act now, each with what to do about it; empty: ready. */
  unready(): readonly string[];
  /** Of each workload what `status` shows, to be written as JSON. */
  workloads(): unknown;
  /** What `explain` shows, to be written as JSON. @param key `shop/Deployment/web`. @returns undefined: not known */
  workload(key: string): unknown;
}
