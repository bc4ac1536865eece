/** What the server of every role shows. All answers are made at once, from what is in memory. */
export interface RoleView {
  readonly metricsContentType: string;
  /** The exposition text. */
  metrics(): Promise<string | Buffer>;
  /** Why the process should be restarted: no sync for too long; empty: healthy. */
  unhealthy(): readonly string[];
  /** Why it can't do its work now, each with what to do about it; empty: ready. */
  unready(): readonly string[];
}
