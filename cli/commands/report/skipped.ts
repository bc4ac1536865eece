/** What is not in the table, and why. */
export interface Skipped {
  /** Its workloadKey, or what can't be listed. */
  readonly workload: string;
  readonly why: string;
  /** Something failed that may work another time. */
  readonly fault: boolean;
}
