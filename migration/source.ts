import type { Draft } from './draft.ts';
import type { FieldRow } from './fields.ts';

/** An autoscaler that manifests are read of, as data: what docs/migration.md shows is what the code reads by. */
export interface AutoscalerSource {
  /** The heading of its table. */
  readonly title: string;
  readonly kind: string;
  /** Of its apiVersion, what may stand before the slash; the present name first. */
  readonly groups: readonly string[];
  /** Of its apiVersion, the part behind it; undefined: any. */
  readonly versions?: readonly string[];
  /** Where the names of its fields were taken from. */
  readonly fieldsFrom: string;
  readonly rows: readonly FieldRow[];
  /** Puts all that the manifest asks for into the draft. */
  readonly read: (draft: Draft) => void;
}
