// The first half of npm run test:cluster: the programs of a cluster.
import { runScript } from '../setup/script.mjs';
import { buildClusterTools } from './tools.mjs';

await runScript(async (signal) => {
  await buildClusterTools({ signal });
  return 0;
});
