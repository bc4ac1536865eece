import { InputError } from '../core/errors.ts';
import { type ManifestObject, objectName, valueAt } from '../kubernetes/manifests/manifest-documents.ts';
import { assemble } from './assemble.ts';
import { Draft, type MigrationContext, type Target } from './draft.ts';
import type { Migration } from './migration.ts';
import { settleRelease } from './one-release.ts';
import { SOURCES, sourceOf } from './sources.ts';

export interface MigrationOptions extends MigrationContext {
  /** Keep the mode that the manifests ask for; else `observe`. */
  readonly keepMode: boolean;
}

export interface Migrated {
  readonly migrations: readonly Migration[];
  /** Objects of other kinds, which the manifests hold beside. */
  readonly skipped: readonly ManifestObject[];
}

/** @throws InputError with every autoscaler that can't be read; or where there is none at all */
export function migrate(objects: readonly ManifestObject[], options: MigrationOptions): Migrated {
  const drafts: Draft[] = [];
  const skipped: ManifestObject[] = [];
  const problems: string[] = [];
  for (const object of objects) {
    const { apiVersion, kind } = object.content;
    const source = typeof apiVersion === 'string' && typeof kind === 'string' ? sourceOf(apiVersion, kind) : undefined;
    if (source === undefined) skipped.push(object);
    else if (typeof source === 'string')
      problems.push(`${object.file}:${object.lineOf(['apiVersion'])}: ${objectName(object)}: ${source}`);
    else {
      const draft = new Draft(object, source.rows, options);
      source.read(draft);
      if (draft.target !== undefined) drafts.push(draft);
      else
        problems.push(
          `${object.file}:${object.lineOf(['spec'])}: ${draft.name}: found no workload that it scales; expected a reference with a name`,
        );
    }
  }
  const groups = byWorkload(drafts, problems);
  if (problems.length > 0) throw new InputError(problems.join('; '));
  if (groups.length === 0) throw nothingFound(skipped);
  settleRelease(groups.flat());
  return { migrations: groups.map((group) => assemble(group, options.keepMode)), skipped };
}

function nothingFound(skipped: readonly ManifestObject[]): InputError {
  const kinds = [...new Set(SOURCES.map(({ kind }) => kind))].join(', ');
  const [first] = skipped;
  const found = first === undefined ? 'nothing' : objectName(first);
  const more = skipped.length > 1 ? ` and ${skipped.length - 1} more objects` : '';
  const where = first === undefined ? '' : `${first.file}:${first.lineOf(['kind'])}: `;
  return new InputError(`${where}found ${found}${more}, and no autoscaler; expected one of ${kinds}`);
}

function key({ apiVersion, kind, namespace, name }: Target): string {
  return JSON.stringify([apiVersion.split('/')[0], kind, namespace ?? '', name]);
}

/** The manifests of each workload together; a schedule for an HPA belongs to what that HPA scales. */
function byWorkload(drafts: readonly Draft[], problems: string[]): Draft[][] {
  const groups = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const target = draft.target!;
    if (target.kind === 'HorizontalPodAutoscaler') {
      const hpa = drafts.find(
        (other) =>
          other.object.content.kind === 'HorizontalPodAutoscaler' &&
          valueAt(other.object.content, ['metadata', 'name']) === target.name &&
          other.target!.namespace === target.namespace,
      );
      if (hpa === undefined) {
        const what = `it scales the HPA ${target.name}, and nothing says which workload that scales`;
        problems.push(
          `${draft.object.file}:${draft.object.lineOf(['spec'])}: ${draft.name}: ${what}; expected the manifest of that HPA too (kubectl get hpa ${target.name} -o yaml)`,
        );
        continue;
      }
      draft.target = hpa.target;
    }
    const id = key(draft.target!);
    groups.set(id, [...(groups.get(id) ?? []), draft]);
  }
  // The HPA first: what it says itself is more than what schedules conclude.
  return [...groups.values()];
}
