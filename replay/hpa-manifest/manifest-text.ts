import { isMap, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import { InputError } from '../../core/errors.ts';

/** Where a field stands: `['spec', 'metrics', 0]`. */
export type Path = readonly (string | number)[];

/** The text of one manifest, and where in it things stand. */
export class ManifestText {
  private readonly file: string;
  /** In words: `one HorizontalPodAutoscaler of autoscaling/v2`. */
  private readonly expected: string;
  private readonly lines = new LineCounter();
  private readonly documents: ReturnType<typeof parseAllDocuments>;

  constructor(text: string, file: string, expected: string) {
    this.file = file;
    this.expected = expected;
    this.documents = parseAllDocuments(text, {
      lineCounter: this.lines,
      version: '1.2',
      schema: 'core',
      prettyErrors: false,
      logLevel: 'error',
    });
  }

  /** @throws InputError where it is not one document of usable YAML */
  content(): unknown {
    const documents = this.filled();
    const expected = `expected ${this.expected}`;
    if (documents.length !== 1)
      throw new InputError(`${this.file}: found ${documents.length || 'no'} YAML documents; ${expected}`);
    const [document] = documents;
    const [error] = document!.errors;
    if (error) {
      const { line } = this.lines.linePos(error.pos[0]);
      throw new InputError(`${this.file}:${line}: found no valid YAML: ${error.message}; ${expected}`);
    }
    try {
      return document!.toJS({ maxAliasCount: 20 });
    } catch (error) {
      // Too many aliases, too deep a nesting.
      throw new InputError(`${this.file}: found no usable YAML: ${(error as Error).message}; ${expected}`, {
        cause: error,
      });
    }
  }

  /** @param found default: what stands there */
  refusal(path: Path, found: string | undefined, expected: string): InputError {
    return new InputError(`${this.where(path)}: found ${found ?? this.found(path)}; expected ${expected}`);
  }

  /** `hpa.yaml:12: spec.metrics[0].type`; the line is that of the nearest ancestor that exists. */
  where(path: Path): string {
    const line = this.lineOf(path);
    const name = path.reduce<string>((all, key) => all + (typeof key === 'number' ? `[${key}]` : `.${cut(key)}`), '');
    const at = line === undefined ? this.file : `${this.file}:${line}`;
    return name === '' ? at : `${at}: ${name.replace(/^\./, '')}`;
  }

  private filled() {
    const documents = Array.isArray(this.documents) ? this.documents : [];
    return documents.filter(({ contents, errors }) => errors.length > 0 || !(contents === null || isNull(contents)));
  }

  private found(path: Path): string {
    const value: unknown = this.filled()[0]?.getIn(path);
    if (value === undefined) return 'nothing';
    if (value === null) return 'an empty value';
    if (typeof value === 'object') return isMap(value) ? 'a section' : 'a list';
    return cut(JSON.stringify(value));
  }

  private lineOf(path: Path): number | undefined {
    const document = this.filled()[0];
    for (let length = path.length; length > 0; length--) {
      const parent = length === 1 ? document?.contents : document?.getIn(path.slice(0, length - 1), true);
      const key = path[length - 1];
      const pair = isMap(parent)
        ? parent.items.find((item) => isScalar(item.key) && item.key.value === key)
        : undefined;
      const node = pair?.key ?? document?.getIn(path.slice(0, length), true);
      const range = (node as { range?: readonly number[] | null } | undefined)?.range;
      if (range) return this.lines.linePos(range[0]!).line;
    }
    return undefined;
  }
}

/** A key or a value may be as long as the file. */
function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function isNull(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}
