// The error classes that abtrace throws, each with a stable `code`. Wrong arguments are TypeError/RangeError instead.

/** The base of all errors of abtrace; `code` tells them apart without `instanceof`. */
export class AbtraceError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The addon does not load: the message says what was tried and how to fix it. */
export class NativeLoadError extends AbtraceError {
  constructor(message: string, options?: ErrorOptions) {
    super('ABTRACE_NATIVE_LOAD', message, options);
  }
}

/** This runtime cannot be traced: allocator class unknown, hardened build, not Node. */
export class UnsupportedRuntimeError extends AbtraceError {
  constructor(message: string, options?: ErrorOptions) {
    super('ABTRACE_UNSUPPORTED', message, options);
  }
}

/** Called in the wrong state: started twice with other options, or not started. */
export class StateError extends AbtraceError {
  constructor(message: string, options?: ErrorOptions) {
    super('ABTRACE_STATE', message, options);
  }
}

/** A dump cannot be read: the message names the path and where in it. */
export class DumpFileError extends AbtraceError {
  constructor(message: string, options?: ErrorOptions) {
    super('ABTRACE_DUMP_FILE', message, options);
  }
}

/** A process cannot be attached to, or stopped answering; it goes on as it was. */
export class AttachError extends AbtraceError {
  constructor(message: string, options?: ErrorOptions) {
    super('ABTRACE_ATTACH', message, options);
  }
}

/** The command line was used wrongly (exit code 2). */
export class UsageError extends AbtraceError {
  constructor(message: string, options?: ErrorOptions) {
    super('ABTRACE_USAGE', message, options);
  }
}
