import { type ManifestObject, objectName, type Path } from '../../../kubernetes/manifests/manifest-documents.ts';

/** One thing that is wrong in a manifest, or that would have no effect. */
export interface LintFinding {
  readonly file: string;
  readonly line: number;
  readonly level: 'error' | 'warning';
  /** `Deployment web`; undefined: the file itself. */
  readonly object: string | undefined;
  /** With the prefix; undefined: none in particular. */
  readonly annotation: string | undefined;
  /** What was found and what would be right. */
  readonly message: string;
  /** The chart's template, as Helm's `# Source:` line names it. */
  readonly source: string | undefined;
}

/** A finding at a field of an object. */
export function findingAt(
  object: ManifestObject,
  path: Path,
  level: LintFinding['level'],
  message: string,
  annotation?: string,
): LintFinding {
  return {
    file: object.file,
    line: object.lineOf(path),
    level,
    object: objectName(object),
    annotation,
    message,
    source: object.source,
  };
}
