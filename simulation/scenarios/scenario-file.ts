import { LineCounter, parseDocument } from 'yaml';
import { InputError } from '../../core/errors.ts';
import { type Scenario, scenarioSchema } from './scenario.ts';

/**
 * A scenario as a person wrote it, in YAML or JSON.
 * @param path for messages
 * @throws InputError with the first thing that is wrong and its line
 */
export function parseScenario(text: string, path: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax) throw new InputError(`${path}:${lines.linePos(syntax.pos[0]).line}: ${syntax.message.split('\n')[0]}`);
  const parsed = scenarioSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const keys = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  const place = keys.length === 0 ? '' : `${keys.join('.')}: `;
  throw new InputError(`${path}:${lineOf(keys)}: ${place}${issue.message.replace(/^Invalid input: /, '')}`);

  /** Of the innermost thing on that path that is there. */
  function lineOf(keysOf: readonly (string | number)[]): number {
    for (let depth = keysOf.length; depth >= 0; depth--) {
      const node = document.getIn(keysOf.slice(0, depth), true) as { range?: readonly number[] } | undefined;
      if (node?.range) return lines.linePos(node.range[0]!).line;
    }
    return 1;
  }
}
