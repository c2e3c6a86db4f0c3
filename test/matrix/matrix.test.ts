import { isSlow } from '../support/matrix-world.ts';
import { describeRows } from '../support/matrix-suite.ts';
import { matrixRows } from '../support/matrix.ts';

describeRows(matrixRows.filter((row) => !isSlow(row)));
