import { loadBackend } from '../../models/neural/backend.io.ts';
import { serveThread } from '../../models/neural/thread.io.ts';
import { trainNight } from './neural-training.io.ts';
import type { TrainingTask } from './training-task.ts';

await serveThread<TrainingTask, string>(async (task, onProgress) => {
  const { tf, why } = await loadBackend();
  onProgress(why);
  return trainNight(tf, task, onProgress);
});
