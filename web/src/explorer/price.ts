import {
  type DirectiveNode,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  print,
  type SelectionNode,
} from "graphql";

const SKIP: DirectiveNode = {
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: "skip" },
  arguments: [
    {
      kind: Kind.ARGUMENT,
      name: { kind: Kind.NAME, value: "if" },
      value: { kind: Kind.BOOLEAN, value: true },
    },
  ],
};

/** The text by which a query's price is asked: that of the query, of which nothing is worked out. None where it is no query. */
export function priceTextOf(document: DocumentNode, name?: string): string | undefined {
  const operations = document.definitions.filter(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const asked = operations.length === 1 ? operations[0] : operations.find((operation) => operation.name?.value === name);
  if (asked?.operation !== OperationTypeNode.QUERY) return undefined;
  const selections = asked.selectionSet.selections.map(skipped);
  const priced = { ...asked, selectionSet: { ...asked.selectionSet, selections } };
  const definitions = document.definitions.map((definition) => (definition === asked ? priced : definition));
  return print({ ...document, definitions });
}

function skipped(selection: SelectionNode): SelectionNode {
  const others = selection.directives?.filter((directive) => directive.name.value !== "skip") ?? [];
  return { ...selection, directives: [...others, SKIP] };
}
