import { type Draft, type Origin, shown } from './draft.ts';
import { pathText, rowOf } from './fields.ts';
import type { CarriedField, DroppedField, SourceObject } from './migration.ts';

/** What became of each field of a manifest, with its line. */
export function reportFields(
  draft: Draft,
  carried: readonly Origin[],
): { source: SourceObject; carried: CarriedField[]; dropped: DroppedField[] } {
  const { object } = draft;
  const accounted = draft.account(carried.map(({ path }) => path));
  const { file } = object;
  return {
    source: {
      file,
      line: object.lineOf([]),
      apiVersion: String(object.content.apiVersion),
      kind: String(object.content.kind),
      name: draft.text(['metadata', 'name']) ?? draft.target?.name ?? '',
    },
    carried: accounted.carried.map((path) => {
      const row = rowOf(draft.rows, path, draft.kinds);
      return {
        file,
        line: object.lineOf(path),
        path: pathText(path),
        value: shown(draft.at(path)),
        to: row !== undefined && 'to' in row ? row.to : '',
      };
    }),
    dropped: accounted.dropped.map(({ path, reason }) => ({
      file,
      line: object.lineOf(path),
      path: pathText(path),
      value: shown(draft.at(path)),
      reason,
    })),
  };
}
