import type { ConsoleData } from '../../addon/console/console-data.ts';
import type { FleetMessage } from '../fleet/fleet-message.ts';
import type { RemoteReplays } from './remote-replays.ts';

/** What the addon answers when it is asked, with its arguments; replays, where they are played elsewhere. */
export type ConsoleAnswers = Pick<
  ConsoleData,
  Exclude<Asked, keyof RemoteReplays> | 'baselines' | 'nextChanges' | 'origin' | 'faults'
> &
  Partial<Pick<RemoteReplays, 'nextReplay' | 'endReplay'>>;
export type Asked =
  | 'workload'
  | 'object'
  | 'sparklines'
  | 'series'
  | 'journal'
  | 'bounds'
  | 'whatIfBase'
  | 'nextReplay'
  | 'endReplay';

/** From the console's thread to the addon's. */
export type ToAddon =
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  /** It could not listen: the message and code of the error. */
  | { readonly kind: 'not-listening'; readonly code: string | undefined; readonly message: string }
  | { readonly kind: 'taken' }
  | { readonly kind: 'log'; readonly level: 'warn' | 'error'; readonly message: string; readonly error: string }
  | { readonly kind: 'ask'; readonly id: number; readonly what: Asked; readonly args: readonly unknown[] };

/** From the addon's thread to the console's. */
export type ToConsole =
  | FleetMessage
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly message: string };

/** Where tokens of users are reviewed: the API server, and whom to trust there. No credential of ours is in it. */
export interface ReviewServer {
  readonly server: string;
  readonly tls: { readonly ca?: string; readonly servername?: string; readonly rejectUnauthorized?: boolean };
}

/** What the thread is started with. */
export interface ConsoleSettings {
  readonly listen: { readonly host: string; readonly port: number };
  readonly version: string;
  /** Undefined: the listener is on loopback, and whoever reaches it may read. */
  readonly token:
    | {
        readonly server: ReviewServer;
        readonly kinds: readonly { readonly kind: string; readonly group: string; readonly resource: string }[];
      }
    | undefined;
  /** Where replays are played: on a thread of this process, or by others that it asks. */
  readonly replays: 'here' | 'elsewhere';
  /** Address of the page's files, file://…/ */
  readonly pageFolder: string;
}
