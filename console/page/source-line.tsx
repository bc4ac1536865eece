import type { StatusAnswer } from '../api/answers.ts';
import { nowSeconds, type Read } from './client.ts';
import { seconds, texts, time } from './words.ts';

type Origin = Pick<StatusAnswer, 'figuresSeconds' | 'leads' | 'replica' | 'leader' | 'faults' | 'note'>;

/** Of a part of a page that could not be renewed: since when. What can't be had at all says so in its place. */
export function Stale({ of }: { readonly of: Read<unknown> }) {
  if (of.value === undefined || of.failingSince === undefined) return null;
  return (
    <p class="fault" role="status">
      {texts.source.stale(time(of.failingSince, nowSeconds()))} ({of.problem})
    </p>
  );
}

/** Whose figures these are, how old, and since when something is gone: the last known is shown, and said to be. */
export function SourceLine({ of }: { readonly of: Read<Origin> }) {
  const { value, failingSince, problem } = of;
  const now = nowSeconds();
  return (
    <div class="source">
      {value && (
        <p>
          {value.figuresSeconds === null
            ? texts.unknown
            : texts.source.age(seconds(Math.max(0, now - value.figuresSeconds)))}
          {' · '}
          {value.leads ? texts.source.leads(value.replica) : (value.note ?? texts.source.waits(value.replica))}
        </p>
      )}
      <div role="status">
        {failingSince !== undefined && of.status !== 401 && of.status !== 404 && (
          <p class="fault">
            {of.status === 0
              ? texts.source.unreachable(time(failingSince, now))
              : `${time(failingSince, now)}: ${problem}`}
          </p>
        )}
        {value?.faults.map(({ what, sinceSeconds, message }) => (
          <p class="fault" key={what + message}>
            {texts.source.since(texts.source.what[what], time(sinceSeconds, now))} ({message})
          </p>
        ))}
      </div>
    </div>
  );
}
