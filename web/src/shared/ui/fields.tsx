import { type ReactNode, useId } from "react";
import { t } from "../i18n";

interface FieldProps {
  label: string;
  fault?: string | undefined;
  hint?: string | undefined;
  optional?: boolean;
}

/** A label with its field, and what is wrong with it, told to screen readers with it. */
function Field({
  label,
  fault,
  hint,
  optional,
  children,
}: FieldProps & { children: (names: Names) => ReactNode }) {
  const id = useId();
  const described = [fault && `${id}-fault`, hint && `${id}-hint`].filter(Boolean).join(" ");
  const names = {
    id,
    "aria-invalid": fault ? ("true" as const) : undefined,
    "aria-describedby": described || undefined,
  };
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {optional && <span className="optional">{t("common.optional")}</span>}
      </label>
      {children(names)}
      {hint && (
        <p id={`${id}-hint`} className="small muted">
          {hint}
        </p>
      )}
      {fault && (
        <p id={`${id}-fault`} className="small fault">
          {fault}
        </p>
      )}
    </div>
  );
}

interface Names {
  id: string;
  "aria-invalid": "true" | undefined;
  "aria-describedby": string | undefined;
}

interface TextProps extends FieldProps {
  value: string;
  change: (value: string) => void;
  type?: "text" | "password" | "date" | "search";
  inputMode?: "numeric" | "text";
  autoComplete?: string;
  className?: string;
  maxLength?: number;
  min?: string;
  max?: string;
  autoFocus?: boolean;
}

export function TextField({ label, fault, hint, optional = false, value, change, ...rest }: TextProps) {
  return (
    <Field label={label} fault={fault} hint={hint} optional={optional}>
      {(names) => (
        <input {...names} {...rest} value={value} onChange={(event) => change(event.target.value)} />
      )}
    </Field>
  );
}

export function LongTextField({
  label,
  fault,
  hint,
  optional = false,
  value,
  change,
}: FieldProps & { value: string; change: (value: string) => void }) {
  return (
    <Field label={label} fault={fault} hint={hint} optional={optional}>
      {(names) => (
        <textarea {...names} rows={3} value={value} onChange={(event) => change(event.target.value)} />
      )}
    </Field>
  );
}

/** A code of a closed list and its word. */
export type Choice<Code extends string> = readonly [Code, string];

export function SelectField<Code extends string>({
  label,
  fault,
  hint,
  optional = false,
  choices,
  value,
  change,
}: FieldProps & {
  choices: readonly Choice<Code>[];
  value: Code;
  change: (value: Code) => void;
}) {
  return (
    <Field label={label} fault={fault} hint={hint} optional={optional}>
      {(names) => (
        <select {...names} value={value} onChange={(event) => change(event.target.value as Code)}>
          {choices.map(([code, word]) => (
            <option key={code} value={code}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** One of a few choices, all in sight. */
export function OneOf<Code extends string>({
  label,
  choices,
  value,
  change,
  hint,
  fault,
  isList = false,
}: {
  label: string;
  choices: readonly Choice<Code>[];
  value: Code;
  change: (value: Code) => void;
  hint?: string | undefined;
  fault?: string | undefined;
  /** Long choices stand below each other. */
  isList?: boolean;
}) {
  const name = useId();
  const told = fault && `${name}-fault`;
  return (
    <fieldset className="field" aria-describedby={told}>
      <legend>{label}</legend>
      <div className={isList ? "choices list" : "choices"}>
        {choices.map(([code, word], i) => (
          <label className="choice" key={code}>
            <input
              type="radio"
              name={name}
              checked={value === code}
              aria-invalid={fault && i === 0 ? "true" : undefined}
              onChange={() => change(code)}
            />
            <span>{word}</span>
          </label>
        ))}
      </div>
      {hint && <p className="small muted">{hint}</p>}
      {fault && (
        <p id={told} className="small fault">
          {fault}
        </p>
      )}
    </fieldset>
  );
}

/** Any number of a few choices, all in sight. */
export function SomeOf<Code extends string>({
  label,
  choices,
  value,
  change,
}: {
  label: string;
  choices: readonly Choice<Code>[];
  value: readonly Code[];
  change: (value: Code[]) => void;
}) {
  const toggled = (code: Code) =>
    value.includes(code) ? value.filter((other) => other !== code) : [...value, code];
  return (
    <fieldset className="field">
      <legend>{label}</legend>
      <div className="choices">
        {choices.map(([code, word]) => (
          <label className="choice" key={code}>
            <input
              type="checkbox"
              checked={value.includes(code)}
              onChange={() => change(toggled(code))}
            />
            <span>{word}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
