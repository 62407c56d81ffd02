import type { Plugin } from "vite";

/**
 * GraphiQL has no translations of its own, so its texts are exchanged while the page is built.
 * A text is a string literal of GraphiQL's code, quotes included. When an update of GraphiQL
 * no longer contains one, the build fails and names it.
 */
const texts: Record<string, string> = {
  // The editor
  '"New tab"': '"新查询"',
  '"<untitled>"': '"未命名"',
  '"Variables"': '"变量"',
  '"Headers"': '"请求头"',
  '"Editor Commands"': '"编辑命令"',
  '"Operation Editor"': '"查询编辑区"',
  '"Select active operation"': '"选择要执行的操作"',
  '"Close Tab"': '"关闭"',
  '"Close dialog"': '"关闭"',
  '? "Show" : "Hide"} editor tools`': '? "展开" : "收起"}变量与请求头`',
  '`${isRunning ? "Stop" : "Execute"} query (': '`${isRunning ? "停止" : "执行"} (',
  "`Prettify query (": "`整理格式 (",
  "`Merge fragments into query (": "`并入片段 (",
  "`Copy query (": "`复制查询 (",
  '"Prettify Editors"': '"整理格式"',
  '"Merge Fragments into Query"': '"并入片段"',
  '"Run Operation"': '"执行"',
  '"Copy Query"': '"复制查询"',
  // The sidebar and its dialogs
  '`${isVisible_0 ? "Hide" : "Show"} ${plugin_0.title}`': '`${isVisible_0 ? "收起" : "打开"}${plugin_0.title}`',
  "`Re-fetch GraphQL schema (": "`重新读取数据结构 (",
  '"Open short keys dialog"': '"键盘快捷键"',
  '"Open settings dialog"': '"设置"',
  '"Short Keys"': '"键盘快捷键"',
  '"This modal provides a list of available keyboard shortcuts and their functions."': '"可用的键盘快捷键及其作用。"',
  '"Short Key"': '"按键"',
  '"Function"': '"作用"',
  '"Execute query"': '"执行查询"',
  '"Open the Command Palette (you must have focus in the editor)"': '"打开命令面板（光标须在编辑区内）"',
  '"Prettify editors"': '"整理格式"',
  '"Copy query"': '"复制查询"',
  '"Re-fetch schema using introspection"': '"重新读取数据结构"',
  '"Search in documentation"': '"在文档中查找"',
  '"Search in editor"': '"在编辑区中查找"',
  '"Merge fragments definitions into operation definition"': '"把片段并入查询"',
  '"Settings"': '"设置"',
  '"This modal lets you adjust header persistence, interface theme, and clear local storage."':
    '"调整界面配色，清除本机保存的内容。"',
  '"Theme"': '"配色"',
  '"Adjust how the interface appears."': '"界面的明暗。"',
  '"System"': '"随系统"',
  '"Light"': '"浅色"',
  '"Dark"': '"深色"',
  '"Clear storage"': '"清除本机内容"',
  '"Remove all locally stored data and start fresh."': '"删除本浏览器保存的查询与历史记录。"',
  '"Cleared data"': '"已清除"',
  '"Clear data"': '"清除"',
  // The documentation
  '"Documentation Explorer"': '"数据文档"',
  'aria-label="Show Documentation Explorer"': 'aria-label="打开数据文档"',
  'name: "Docs"': 'name: "数据文档"',
  '"Error fetching schema"': '"未能读取数据结构，请检查访问令牌"',
  '"No GraphQL schema available"': '"尚无数据结构"',
  '"A GraphQL schema provides a root type for each kind of operation."': '"每类操作从一个根类型开始。"',
  "`Search ${navItem.name}...`": '`在 ${navItem.name} 中查找…`',
  '"No results found"': '"没有找到"',
  '"Other results"': '"其他结果"',
  '"Show Deprecated Arguments"': '"显示已弃用的参数"',
  '"Show Deprecated Fields"': '"显示已弃用的字段"',
  '"Show Deprecated Values"': '"显示已弃用的取值"',
  // Section titles also choose the icon, so only their display is exchanged.
  "      t1,\n      title\n": `      t1,\n      (${JSON.stringify({
    Arguments: "参数",
    "Deprecated Arguments": "已弃用的参数",
    "Deprecated Enum Values": "已弃用的取值",
    "Deprecated Fields": "已弃用的字段",
    Directives: "指令",
    "Enum Values": "取值",
    Fields: "字段",
    Implements: "实现的接口",
    Implementations: "实现",
    "Possible Types": "可能的类型",
    "Root Types": "根类型",
    Type: "类型",
    "All Schema Types": "全部类型",
  })})[title] ?? title\n`,
  // The history
  '"History"': '"历史记录"',
  '"Cleared"': '"已清除"',
  '"Failed to Clear"': '"清除失败"',
  '|| "Clear" })': '|| "清除" })',
  '"Type a label"': '"写个名称"',
  '"Save"': '"保存"',
  '"Set active"': '"载入"',
  '"Edit label"': '"改名"',
  '"Remove favorite"': '"取消收藏"',
  '"Add favorite"': '"收藏"',
  '"Delete from history"': '"从历史记录中删除"',
};

export function chineseInterface(): Plugin {
  const unseen = new Set(Object.keys(texts));
  return {
    name: "chinese-interface",
    apply: "build",
    transform: {
      filter: { id: /node_modules\/(?:graphiql|@graphiql)\/.*\.js$/ },
      handler(code) {
        let out = code;
        for (const [from, to] of Object.entries(texts)) {
          if (!out.includes(from)) continue;
          unseen.delete(from);
          out = out.replaceAll(from, () => to);
        }
        return out === code ? null : { code: out, map: null };
      },
    },
    buildEnd(error) {
      if (!error && unseen.size > 0) {
        this.error(`chinese.ts: GraphiQL no longer contains ${[...unseen].join(", ")}`);
      }
    },
  };
}
