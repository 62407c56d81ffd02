import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useState, type SubmitEvent } from "react";
import { examples } from "./examples";
import { token } from "./hub";
import { useOpening } from "./opening";
import { Linked } from "./saved";

/** The bar on top: what this page is, the access token, the ready queries. */
export function Bar() {
  return (
    <>
      <h1>
        暖阳 数据查询 <small lang="en">Nuanyang GraphQL explorer</small>
      </h1>
      <Examples />
      <TokenForm />
      <Linked />
    </>
  );
}

function Examples() {
  const { isReady, open } = useOpening();
  return (
    <nav aria-label="示例查询">
      <span>示例</span>
      {examples.map((example) => (
        <button key={example.label} title={example.hint} disabled={!isReady} onClick={() => open(example.query)}>
          {example.label}
        </button>
      ))}
    </nav>
  );
}

function TokenForm() {
  const { introspect } = useGraphiQLActions();
  const answer = useGraphiQL((state) => state.responseEditor);
  const [used, setUsed] = useState(token.get());
  const [typed, setTyped] = useState(used);

  function use(value: string) {
    token.set(value);
    setUsed(value);
    setTyped(value);
    // What was answered was answered to another account, and so was what may be asked.
    answer?.setValue("");
    void introspect();
  }

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    use(typed.trim().replace(/^Bearer\s+/i, ""));
  }

  return (
    <form onSubmit={submit}>
      <label htmlFor="token">访问令牌</label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder="Access token"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <button type="submit" disabled={typed.trim() === used}>
        {used && typed.trim() === used ? "已启用" : "启用"}
      </button>
      <button type="button" disabled={!used} onClick={() => use("")}>
        清除
      </button>
    </form>
  );
}
