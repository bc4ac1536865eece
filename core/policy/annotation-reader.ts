import { nearest, oneOf } from '../text/did-you-mean.ts';
import { ANNOTATION_PREFIX, ANNOTATION_SPECS, type AnnotationName, annotation, ownAnnotations } from './annotations.ts';
import type { PolicyError } from './policy.ts';

/** Of what was found, so many characters are repeated. */
const MOST_SHOWN = 60;

/** `found "…"; expected …`: the one form of every complaint. Control characters come out escaped. */
export function complaint(found: unknown, expected: string): string {
  return `found ${excerpt(found)}; expected ${expected}`;
}

function excerpt(found: unknown): string {
  if (found === undefined) return 'nothing';
  const text = JSON.stringify(found) ?? String(found);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}

/** `expected …, did you mean "…"?` for a word that is none of the known ones. */
export function wordComplaint(found: string, words: readonly string[], expected = oneOf(words)): string {
  const meant = nearest(found, words);
  return complaint(found, expected) + (meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`);
}

/** A workload's annotations by name, and what was wrong with them. */
export class AnnotationReader {
  private readonly values = new Map<string, string>();
  private readonly found: PolicyError[] = [];

  /** Unknown names and values that are too long are complained of here, and are as if missing afterwards. */
  constructor(annotations: Readonly<Record<string, string>>) {
    const known = [...ANNOTATION_SPECS.keys()];
    for (const [name, value] of ownAnnotations(annotations)) {
      const spec = ANNOTATION_SPECS.get(name);
      if (spec === undefined) this.add(name, unknownName(name, known));
      else if (value.length > spec.mostCharacters) {
        this.add(name, `found too long a value; expected at most ${spec.mostCharacters} characters`);
      } else this.values.set(name, value.trim());
    }
  }

  /** The trimmed value; undefined where it is missing. @param index of a further metric, from 2 */
  value(name: AnnotationName, index = 1): string | undefined {
    return this.values.get(annotation(name, index));
  }

  has(name: AnnotationName, index = 1): boolean {
    return this.values.has(annotation(name, index));
  }

  /** Notes what is wrong with an annotation. */
  wrong(name: AnnotationName, message: string, index = 1): undefined {
    this.add(annotation(name, index), message);
    return undefined;
  }

  /** One of a few words; undefined where it is missing or wrong, which then was complained of. */
  word<Word extends string>(name: AnnotationName, words: readonly Word[]): Word | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    return words.find((word) => word === value) ?? this.wrong(name, wordComplaint(value, words));
  }

  /** All that was wrong, in the order in which it was found; empty: nothing. @param most further ones are only counted */
  errors(most: number): PolicyError[] {
    const shown = this.found.slice(0, most);
    const rest = this.found.slice(most);
    if (rest.length === 0) return shown;
    return [...shown, { annotation: rest[0]!.annotation, message: `and ${rest.length} more errors` }];
  }

  private add(name: string, message: string): void {
    this.found.push({ annotation: name, message });
  }
}

function unknownName(name: string, known: readonly string[]): string {
  const own = known.map((full) => full.slice(ANNOTATION_PREFIX.length));
  const meant = nearest(name.slice(ANNOTATION_PREFIX.length), own);
  if (meant !== undefined) return `there is no such annotation; did you mean ${ANNOTATION_PREFIX}${meant}?`;
  return `there is no such annotation; expected one of those in docs/annotations.md`;
}
