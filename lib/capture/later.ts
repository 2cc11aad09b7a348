// Functions that load the module that they are in when they are first called: what a program does not use costs it
// nothing. Lies in this folder so that its frames are left out of stacks (user code runs below `label`).

import { addonIfLoaded } from '../native';

type AnyFunction = (...args: never[]) => unknown;

/** The names of the functions in a module. */
export type FunctionName<Module> = {
  [Name in keyof Module]: Module[Name] extends AnyFunction ? Name : never;
}[keyof Module] &
  string;

/**
 * Makes a function that stands for one of a module's.
 * @param load loads the module; called at the first call, and at no other
 * @param name of the function in it; the new one has it, too
 */
export function later<Module, Name extends FunctionName<Module>>(
  load: () => Module,
  name: Name,
): Module[Name] {
  let loaded: ((...args: unknown[]) => unknown) | undefined;
  const stand = (...args: unknown[]) => {
    loaded ??= asOwnWork(load)[name] as (...args: unknown[]) => unknown;
    return loaded(...args);
  };
  Object.defineProperty(stand, 'name', { value: name, configurable: true });
  return stand as Module[Name];
}

/** What loading takes while the program is traced is not the program's. */
function asOwnWork<Module>(load: () => Module): Module {
  const native = addonIfLoaded();
  native?.setOwnWork(true);
  try {
    return load();
  } finally {
    native?.setOwnWork(false);
  }
}
