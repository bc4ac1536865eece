import type { RoleView } from '../../telemetry/http/addon-view.ts';
import { durationWords } from './quantity-text.ts';

/** A sync begins every 15 s; after eight missed ones the process is stuck and had better be started again. */
const STUCK_SECONDS = 120;

/** What the view reads; all of it is in memory. */
export interface ViewedParts {
  readonly metrics: { readonly contentType: string; render(): Promise<string | Buffer> };
  /** Epoch seconds. */
  now(): number;
  /** When the last sync ended, or, before the first one, when the process started; a replica that only waits syncs too. */
  lastTickSeconds(): number;
  /** Why the addon can't act now, each with the fix. */
  unready(): readonly string[];
}

/** What the HTTP server shows of the addon. */
export function addonView(parts: ViewedParts): RoleView {
  return {
    metricsContentType: parts.metrics.contentType,
    metrics: () => parts.metrics.render(),
    unready: () => parts.unready(),
    unhealthy: () => {
      const age = parts.now() - parts.lastTickSeconds();
      return age > STUCK_SECONDS ? [`no sync ended for ${durationWords(age)}; one begins every 15 s`] : [];
    },
  };
}
