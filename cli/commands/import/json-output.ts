import { objectName } from '../../../kubernetes/manifests/manifest-documents.ts';
import { chartValues } from '../../../migration/chart-values.ts';
import type { Migrated } from '../../../migration/migrate.ts';
import type { Beside } from './replay-beside.ts';

/** What `-o json` prints; names that a manifest doesn't have are null. */
export function importJson({ migrations, skipped }: Migrated, beside: Beside | undefined) {
  return {
    schemaVersion: 1,
    migrations: migrations.map(({ workload, ...migration }) => ({
      sources: migration.sources,
      workload: { ...workload, namespace: workload.namespace ?? null },
      annotations: migration.annotations,
      ownMode: migration.ownMode ?? null,
      carried: migration.carried,
      notCarried: migration.notCarried,
      assumptions: migration.assumptions,
      drafts: migration.templates.flatMap(({ name, draft }) =>
        draft === undefined ? [] : [{ template: name, why: draft }],
      ),
    })),
    values: chartValues(migrations),
    skipped: skipped.map((object) => ({ file: object.file, line: object.lineOf([]), object: objectName(object) })),
    ...(beside === undefined ? {} : { replay: beside.figures }),
  };
}
