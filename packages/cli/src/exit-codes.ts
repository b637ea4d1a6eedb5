/** Exit codes of `tenas`, the same for every command. */
export const exitCodes = {
  /** Done. */
  ok: 0,
  /** A check failed: a fixture differs by more than its tolerance, or an ONNX file disagrees with our forward pass. */
  checkFailed: 1,
  /** The command line, an input file or a value in it is wrong; the message says which. */
  badInput: 2,
  /** Valid request, but the environment failed: network, disk, memory, GPU. */
  unavailable: 3,
  /** A defect in tenas itself. */
  internal: 70,
  /** Stopped by Ctrl-C (SIGINT). */
  interrupted: 130,
  /** Stopped by SIGTERM. */
  terminated: 143,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The table that ends every `--help`. */
export const exitCodesHelp = `Exit codes:
  0  done                               70  internal error
  1  a check failed                    130  interrupted (Ctrl-C)
  2  bad command line or input         143  terminated
  3  network, disk, memory or GPU failed`;
