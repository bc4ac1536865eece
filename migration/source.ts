import type { Draft } from './draft.ts';
import type { FieldRow } from './fields.ts';

/** An autoscaler whose manifests are read, as data: the tables of docs/migration.md are made from it. */
export interface AutoscalerSource {
  /** The heading of its table. */
  readonly title: string;
  readonly kind: string;
  /** API groups of its kind; the current one first. */
  readonly groups: readonly string[];
  /** API versions that are read; undefined: all. */
  readonly versions?: readonly string[];
  /** Where the names of its fields were taken from. */
  readonly fieldsFrom: string;
  readonly rows: readonly FieldRow[];
  /** Carries the fields of a manifest over into the draft. */
  readonly read: (draft: Draft) => void;
}
