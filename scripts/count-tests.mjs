#!/usr/bin/env node
// Reads vitest's JSON report and prints `PASSED FAILED SKIPPED`, a test file that could not run counting as one failure.
import { readFileSync } from 'node:fs';

/**
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number,
 *   testResults: { status: string, assertionResults: unknown[] }[] }} report
 */
export function countTests(report) {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests,
  };
}

if (process.argv[2] !== undefined && process.argv[1]?.endsWith('count-tests.mjs')) {
  const { passed, failed, skipped } = countTests(JSON.parse(readFileSync(process.argv[2], 'utf8')));
  process.stdout.write(`${passed} ${failed} ${skipped}\n`);
}
