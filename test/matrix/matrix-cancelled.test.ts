import { isSlow } from '../support/matrix-world.ts';
import { describeRows } from '../support/matrix-suite.ts';
import { matrixRows } from '../support/matrix.ts';

// AWS takes its time for these, so that the cancel comes before it has done what it was asked for.
describeRows(matrixRows.filter(isSlow));
