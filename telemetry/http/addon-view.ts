/** What the server of every role shows, from what is in memory. */
export interface RoleView {
  readonly metricsContentType: string;
  metrics(): Promise<string>;
  /** Why the process should be restarted: no sync for too long; empty: healthy. */
  unhealthy(): readonly string[];
  /** Why it can't do its work now, each with what to do about it; empty: ready. */
  unready(): readonly string[];
}

/** Of those that decide, also what they decided. */
export interface AddonView extends RoleView {
  /** Of each workload what `status` shows, to be written as JSON. */
  workloads(): unknown;
  /** What `explain` shows, to be written as JSON, with what is kept in a store. @param key `shop/Deployment/web`. @returns undefined: not known */
  workload(key: string): Promise<unknown>;
}
