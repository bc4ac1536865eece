import { forecastStoreContract } from './forecast-store.contract.ts';
import { MemoryForecastStore } from './forecast-store.ts';

forecastStoreContract('memory', async () => new MemoryForecastStore());
