import type { ConsoleData } from '../../addon/console/console-data.ts';
import type { FleetMessage } from '../fleet/fleet-message.ts';

/** What the addon answers when it is asked; of ConsoleData, with its arguments. */
export type Asked = 'workload' | 'object' | 'sparklines' | 'series' | 'journal' | 'whatIfBase';

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

export type AnswerOf<What extends Asked> = Awaited<ReturnType<ConsoleData[What]>>;

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
  /** Address of the page's files, file://…/ */
  readonly pageFolder: string;
}
