import type { Path } from '../kubernetes/manifests/manifest-documents.ts';
import type { Draft } from './draft.ts';

/** `autoscaling/v2`'s behavior: the window of removals, and a direction that is disabled. */
export function readBehavior(draft: Draft, at: Path): void {
  const window: Path = [...at, 'scaleDown', 'stabilizationWindowSeconds'];
  const seconds = draft.whole(window);
  if (seconds !== undefined) draft.annotate('stabilization', `${seconds}s`, [window]);
  const up: Path = [...at, 'scaleUp', 'stabilizationWindowSeconds'];
  const delay = draft.whole(up);
  if (delay === 0) draft.use(up);
  else if (delay !== undefined) draft.drop(up, 'pods that are needed are added at once, never later on purpose');
  readDisabled(draft, at);
}

function readDisabled(draft: Draft, at: Path): void {
  const disabled = (['scaleUp', 'scaleDown'] as const).filter((direction) => {
    const path: Path = [...at, direction, 'selectPolicy'];
    const policy = draft.text(path);
    if (policy !== undefined && policy !== 'Disabled')
      draft.drop(path, 'it chooses among policies, of which there are none here');
    return policy === 'Disabled';
  });
  if (disabled.length === 0) return;
  const value = disabled.length === 2 ? 'true' : disabled[0] === 'scaleUp' ? 'scale-out' : 'scale-in';
  draft.annotate(
    'paused',
    value,
    disabled.map((direction) => [...at, direction, 'selectPolicy']),
  );
}
