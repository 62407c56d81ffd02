import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { type SubmitEvent, useEffect, useState, useSyncExternalStore } from "react";
import { isTold } from "../shared/failure";
import { examples } from "./examples";
import { type Price, priced, token } from "./hub";
import { t, useLanguage } from "./i18n";
import { useOpening } from "./opening";
import { priceTextOf } from "./price";
import { variablesIn } from "./question";
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
      <Cost />
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

/** How long the editor rests before its price is asked, in ms. */
const REST = 500;

/** The price of what is in the editor, or that it is above what one may ask. */
function Cost() {
  const language = useLanguage();
  const document = useGraphiQL((state) => state.documentAST);
  const name = useGraphiQL((state) => state.operationName);
  const variables = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.variables ?? "");
  const used = useSyncExternalStore(token.subscribe, token.get);
  const [told, setTold] = useState<{ price?: Price | undefined; refused?: string }>({});
  useEffect(() => {
    let isWanted = true;
    setTold({});
    const look = async () => {
      const query = document && priceTextOf(document, name);
      const values = variablesIn(variables);
      if (!query || !values) return {};
      try {
        return { price: await priced({ query, variables: values, ...(name && { operationName: name }) }) };
      } catch (error) {
        return isTold(error) ? { refused: error.message } : {};
      }
    };
    const waiting = setTimeout(() => void look().then((told) => isWanted && setTold(told)), REST);
    return () => {
      isWanted = false;
      clearTimeout(waiting);
    };
  }, [document, name, variables, used]);
  const { price, refused } = told;
  const number = (value: number) => value.toLocaleString(language === "zh" ? "zh-CN" : "en");
  return (
    <p role="status" className="price">
      {price && t("price.told", { price: number(price.price), limit: number(price.limit) })}
      {refused && t("price.refused", { message: refused })}
    </p>
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
