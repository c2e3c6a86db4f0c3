// npm run build: dist/ with the compiled product and the workflow bundle.
import { buildProduct } from './setup/product-build.mjs';
import { projectRoot } from './setup/prepare.mjs';
import { runScript } from './setup/script.mjs';

await runScript(async (signal) => {
  await buildProduct({ root: projectRoot, signal });
  return 0;
});
