// The kinds of field that the schema of a dump is made of, each with the description that it must have.
import type { TSchema } from '@sinclair/typebox';

/** The builder of TypeBox, passed in because loading it takes 50 ms that a traced program should not pay. */
export type TypeBuilder = typeof import('@sinclair/typebox').Type;

/** Makes the builders of fields; `whole` and `amount` are never negative. */
export function fieldsOf(Type: TypeBuilder) {
  const text = (description: string) => Type.String({ description });
  const flag = (description: string) => Type.Boolean({ description });
  const whole = (description: string) => Type.Integer({ minimum: 0, description });
  const amount = (description: string) => Type.Number({ minimum: 0, description });
  const signed = (description: string) => Type.Number({ description });
  const orNull = <T extends TSchema>(schema: T, description: string) =>
    Type.Union([schema, Type.Null()], { description });
  const oneOf = <T extends readonly string[]>(values: T, description: string) =>
    Type.Unsafe<T[number]>(
      Type.Union(
        values.map((value) => Type.Literal(value)),
        { description },
      ),
    );
  return { text, flag, whole, amount, signed, orNull, oneOf };
}
