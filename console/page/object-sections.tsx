import type { ObjectAnswer } from '../api/answers.ts';
import type { Read } from './client.ts';
import { Stale } from './source-line.tsx';
import { count, texts, time } from './words.ts';

const words = texts.object;

interface SectionProps {
  readonly object: Read<ObjectAnswer>;
}

/** Events on the workload, the newest first, whoever wrote them. */
export function Events({ object, now }: SectionProps & { readonly now: number }) {
  const { value } = object;
  const events = value?.events ?? [];
  const problem = value ? value.eventsProblem : (object.problem ?? texts.loading);
  return (
    <section aria-labelledby="h-events">
      <h2 id="h-events">{words.events}</h2>
      <Stale of={object} />
      {problem !== null && <p>{problem}</p>}
      {problem === null && events.length === 0 && <p>{words.noEvents}</p>}
      {value?.eventsTruncated && <p class="note">{words.moreEvents(count(events.length))}</p>}
      {events.length > 0 && (
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="h-events">
          <table>
            <thead>
              <tr>
                <th scope="col">{texts.workload.time}</th>
                <th scope="col">{words.reason}</th>
                <th scope="col">{texts.workload.who}</th>
                <th scope="col">{texts.workload.message}</th>
              </tr>
            </thead>
            <tbody>
              {events.map(({ type, reason, message, count: times, atSeconds, by }, i) => (
                <tr key={`${i} ${atSeconds} ${reason}`}>
                  <th scope="row">{atSeconds === null ? texts.unknown : time(atSeconds, now)}</th>
                  <td class={type === 'Warning' ? 'fault' : undefined}>
                    {reason}
                    {times > 1 && ` × ${count(times)}`}
                  </td>
                  <td>{by}</td>
                  <td>{message}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** Annotations as they were written, and as they are understood. */
export function Settings({ object }: SectionProps) {
  const { value } = object;
  const problem = value ? value.settingsProblem : (object.problem ?? texts.loading);
  return (
    <section aria-labelledby="h-settings">
      <h2 id="h-settings">{words.settings}</h2>
      <Stale of={object} />
      {problem !== null && <p>{problem}</p>}
      {value && (
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="h-settings">
          <table>
            <thead>
              <tr>
                <th scope="col">{words.annotation}</th>
                <th scope="col">{words.understood}</th>
                <th scope="col">{words.written}</th>
              </tr>
            </thead>
            <tbody>
              {value.settings.map(({ annotation, written, understood }) => (
                <tr key={annotation}>
                  <th scope="row">{annotation}</th>
                  <td>{understood ?? <span class="fault">{words.ignored}</span>}</td>
                  <td>{value.settingsProblem === null ? (written ?? words.byDefault) : texts.unknown}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
