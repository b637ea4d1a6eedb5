/** Ends a command of test/ that was called in a wrong way. */
export function refuse(message: string): never {
  console.error(`error: ${message}`);
  process.exit(2);
}

/** Reads the value of a flag. @param least smallest value that is right */
export function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
  return refuse(`--${flag}: got ${JSON.stringify(text)}; give a whole number from ${least}`);
}
