import { describe, expect, it } from 'vitest';
import { accuracyColumns } from '../src/index.js';

const of = (...columns: string[]) => accuracyColumns({ columns });

describe('columns of accuracies', () => {
  it.each([
    ...['acc', 'accuracy', 'test', 'valid', 'val_acc', 'top1', 'top-1', 'val_top1', 'mean_acc'],
    ...['cifar10_test200', 'cifar10_valid', 'imagenet16_120_test200', 'valacc12_cifar10valid'],
    ...['test_acc_seed777', 'cifar10_test_seed_888', 'valid_size_32_acc'],
    ...['testAccuracy', 'validAccuracy', 'val_accuracy', 'valacc_imagenet16', 'test-accuracy', 'Top 1'],
  ])('%s is one', (name) => expect(of('arch', name)).toEqual({ accuracies: [name], leftOut: [] }));

  it.each([
    ...['test-loss', 'test_error', 'test-per-time', 'valid_time', 'train-accuracy', 'trainAcc', 'test_std'],
    ...['valid_seconds', 'acc_rank', 'testErr'],
    ...['test_nll', 'valid_perplexity', 'test_cross_entropy', 'testCrossEntropy', 'test_ece', 'test_mae'],
    ...['valid_mse', 'test_regret', 'test_seed', 'test_id', 'test_date', 'acc_stderr', 'valid_samples'],
  ])('%s only seems to be', (name) => expect(of(name)).toEqual({ accuracies: [], leftOut: [name] }));

  it.each(['contest', 'latest', 'macs', 'params', 'top5', 'top10', 'invalid', 'accelerator', 'index'])(
    '%s is none',
    (name) => expect(of(name)).toEqual({ accuracies: [], leftOut: [] }),
  );
});
