import { useState } from 'preact/hooks';
import type { DecisionsAnswer } from '../api/answers.ts';
import { NOTHING, type Read, read, workloadPath } from './client.ts';
import { Stale } from './source-line.tsx';
import { texts, time } from './words.ts';

const words = texts.workload;
const AT_FIRST = 10;

interface DecisionsProps {
  readonly path: string;
  readonly newest: Read<DecisionsAnswer>;
  readonly now: number;
}

/** Changes of replicas, the newest first; earlier ones are asked for. */
export function Decisions({ path, newest, now }: DecisionsProps) {
  const [shown, setShown] = useState(AT_FIRST);
  const [earlier, setEarlier] = useState<readonly DecisionsAnswer[]>([]);
  const [problem, setProblem] = useState<string>();
  const first = newest.value;
  const all = [...(first?.decisions ?? []), ...earlier.flatMap(({ decisions }) => decisions)];
  const next = (earlier.at(-1) ?? first)?.next ?? null;
  const more = async () => {
    if (shown >= all.length && next !== null) {
      const found = await read<DecisionsAnswer>(workloadPath(path, `/decisions?limit=200&cursor=${next}`), NOTHING);
      setProblem(found.problem);
      if (!found.value) return;
      setEarlier((before) => [...before, found.value!]);
    }
    setShown((before) => before + 40);
  };
  return (
    <section aria-labelledby="h-decisions">
      <h2 id="h-decisions">{words.decisions}</h2>
      <Stale of={newest} />
      {first && all.length === 0 && <p>{words.noDecisions}</p>}
      {!first && <p>{newest.problem ?? texts.loading}</p>}
      {all.length > 0 && (
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="h-decisions">
          <table>
            <thead>
              <tr>
                <th scope="col">{words.time}</th>
                <th scope="col">{words.change}</th>
                <th scope="col">{words.who}</th>
                <th scope="col">{words.why}</th>
              </tr>
            </thead>
            <tbody>
              {all.slice(0, shown).map(({ atSeconds, from, to, by, why, reason }) => (
                <tr key={`${atSeconds} ${from} ${to}`}>
                  <th scope="row">{time(atSeconds, now)}</th>
                  <td>
                    {from} → {to}
                  </td>
                  <td>{words.by[by]}</td>
                  <td>{why === '' ? (reason ?? texts.unknown) : why}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next === null && first?.sinceSeconds != null && (
        <p class="note">{words.decisionsSince(time(first.sinceSeconds, now))}</p>
      )}
      {problem !== undefined && (
        <p class="fault" role="status">
          {problem}
        </p>
      )}
      {(shown < all.length || next !== null) && all.length > 0 && (
        <button type="button" onClick={() => void more()}>
          {words.more}
        </button>
      )}
    </section>
  );
}
