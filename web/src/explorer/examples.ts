/** A ready query of the bar above the editor. */
export interface Example {
  label: string;
  hint: string;
  query: string;
}

export const examples: Example[] = [
  {
    label: "服务简报",
    hint: "Bulletin: stations taking part, people served, person-times",
    query: `# 一段时间内参与的社工站、服务人数（去重）与服务人次
query Bulletin {
  bulletin(from: "2026-10-01", to: "2026-10-31") {
    stations { count }
    peopleServed { count }
    personTimes { count }
  }
}
`,
  },
  {
    label: "各站最近探访",
    hint: "Each station, its newest visits, who was met and their newest assessment",
    query: `# 每个社工站最近五次入户探访，以及服务对象最新一次评估
query StationVisits {
  stations(first: 20) {
    nodes {
      code
      name
      visits(first: 5) {
        nodes {
          visitedOn
          person {
            name
            newestAssessment { level score }
          }
        }
      }
    }
  }
}
`,
  },
  {
    label: "未满足的需求",
    hint: "Open needs with their domain and urgency",
    query: `# 尚未满足的需求：领域、紧急程度、提出日期、何人
query OpenNeeds {
  needs(first: 20, filter: { statuses: [OPEN] }) {
    nodes {
      domain
      urgency
      raisedOn
      person { name }
    }
  }
}
`,
  },
];
