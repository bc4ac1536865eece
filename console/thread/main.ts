import { parentPort, workerData } from 'node:worker_threads';
import { othersFirst } from '../../core/concurrency/event-loop.io.ts';
import { messageOf, WorldError } from '../../core/errors.ts';
import { ReviewedAccess } from '../api/access.ts';
import { type Auth, type ConsoleApp, consoleApp } from '../api/app.ts';
import { whatIfWork } from '../what-if/what-if-task.ts';
import { listen } from './listener.io.ts';
import type { ConsoleSettings, ToAddon, ToConsole } from './messages.ts';
import { readPageFiles } from './page-files.io.ts';
import { Questions } from './questions.ts';
import { ReplayThread } from './replay-thread.io.ts';
import { replaysElsewhere } from './replays-elsewhere.ts';
import { ThreadSource, type WhatIfReplays } from './thread-source.ts';

/* The console's thread: listens, answers from the newest fleet, and asks the addon's thread for the rest. */

const port = parentPort!;
const settings = workerData as ConsoleSettings;
const post = (message: ToAddon) => port.postMessage(message);
const monotonic = () => performance.now() / 1000;

async function authOf({ token }: ConsoleSettings): Promise<Auth> {
  if (!token) return { kind: 'none' };
  // What asks is large, and needed here alone.
  const { apiServerReview } = await import('./review.io.ts');
  const resources = new Map(token.kinds.map(({ kind, group, resource }) => [kind, { group, resource }]));
  return { kind: 'token', access: new ReviewedAccess(apiServerReview(token.server), monotonic), resources };
}

const questions = new Questions(post);

function replaysHere(): WhatIfReplays {
  const thread = new ReplayThread(new URL('./replay-worker.io.js', import.meta.url));
  return {
    begin: () => thread.begin(),
    replay: (task, demandOf, signal) => thread.replay(whatIfWork(task, demandOf), signal),
  };
}

const replays = settings.replays === 'here' ? replaysHere() : replaysElsewhere(questions);
const source = new ThreadSource(questions, replays, () => Date.now() / 1000);
let app: ConsoleApp | undefined;
port.on('message', (message: ToConsole) => {
  if (message.kind !== 'fleet') return questions.take(message);
  source.take(message);
  post({ kind: 'taken' });
  void app?.renew();
});

const onError = (error: Error) =>
  post({ kind: 'log', level: 'error', message: 'a request failed', error: messageOf(error) });
try {
  const auth = await authOf(settings);
  app = consoleApp({ source, auth, page: readPageFiles(settings.pageFolder), onError, pause: othersFirst });
  const { host, port: taken } = await listen(app, settings.listen);
  post({ kind: 'listening', host, port: taken });
} catch (error) {
  if (error instanceof WorldError) throw error;
  post({ kind: 'not-listening', code: (error as NodeJS.ErrnoException).code, message: messageOf(error) });
}
