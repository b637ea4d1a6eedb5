// A reporter of vitest for .ci/run. Writes to $TENAS_TEST_SUMMARY a line `PASSED FAILED SKIPPED`, then what failed, a line
// each: tests and suites as `FILE > NAME`, files that could not run, errors outside of tests.
import { writeFileSync } from 'node:fs';

/**
 * @typedef {import('vitest/node').TestModule} TestModule
 * @typedef {{ readonly message: string }} Failure an error as vitest hands it to reporters
 */

/**
 * A suite whose `beforeAll` or `afterAll` throws has failed, also where all of its tests passed or none ran.
 *
 * @param {readonly TestModule[]} modules test files
 * @param {readonly Failure[]} unhandled errors outside of tests
 */
export function summaryOf(modules, unhandled) {
  let [passed, skipped] = [0, 0];
  const failures = [];
  for (const module of modules) {
    const file = module.relativeModuleId;
    if (module.errors().length > 0) failures.push(file);
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0) failures.push(`${file} > ${suite.fullName}`);
    }
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'failed') failures.push(`${file} > ${test.fullName}`);
      else if (state === 'passed') passed++;
      else skipped++;
    }
  }
  for (const { message } of unhandled) failures.push(`an error outside of tests: ${message}`);
  // Names and messages may have several lines.
  const lines = failures.map((failure) => failure.replace(/\s+/g, ' '));
  return { passed, failed: failures.length, skipped, failures: lines };
}

export default class TestSummary {
  /** @param {readonly TestModule[]} modules @param {readonly Failure[]} unhandled */
  onTestRunEnd(modules, unhandled) {
    const path = process.env.TENAS_TEST_SUMMARY;
    if (path === undefined) throw new Error('TENAS_TEST_SUMMARY is not set; set it to the path to write to');
    const { passed, failed, skipped, failures } = summaryOf(modules, unhandled);
    writeFileSync(path, [`${passed} ${failed} ${skipped}`, ...failures, ''].join('\n'));
  }
}
