//! Expressions in CEL, within bounds: what cannot be understood is refused before it ever judges a post,
//! and none takes noticeable time, memory or stack.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock},
};

use cel::{
    Context, Env, Value,
    common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr},
    parser::PrattParser,
    to_value,
};

use super::facts::Facts;

/// The longest expression, in bytes.
const LONGEST: usize = 2_000;
/// How deep an expression may be nested: the evaluator's stack grows with it.
const DEEPEST: u16 = 16;
/// How many nodes an expression may have.
const MOST_NODES: usize = 500;

/// The functions that are offered. `matches` is not: a pattern would be compiled for every post.
const FUNCTIONS: [&str; 7] = [
    "contains",
    "startsWith",
    "endsWith",
    "size",
    "int",
    "string",
    "double",
];

/// What operators and macros become.
const OPERATORS: [&str; 17] = [
    "_?_:_", "_&&_", "_||_", "!_", "_-_", "_+_", "_*_", "_/_", "_%_", "_==_", "_!=_", "_>=_", "_<=_", "_>_",
    "_<_", "_[_]", "@in",
];

/// Operators that need no further name: `-x`, and what loops are made of.
const HIDDEN: [&str; 2] = ["-_", "@not_strictly_false"];

static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// An expression that was understood.
#[derive(Debug)]
pub(super) struct Expression(IdedExpr);

/// Why an expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ExpressionError {
    /// Longer than any rule needs.
    #[error("longer than {LONGEST} bytes")]
    TooLong,
    /// No CEL.
    #[error("line {line}, column {column}: {why}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What was expected.
        why: String,
    },
    /// CEL that is not offered here.
    #[error("{0}")]
    NotOffered(String),
    /// It does not work.
    #[error("on a post {on}: {why}")]
    Fails {
        /// Which one.
        on: &'static str,
        /// What happened.
        why: Failure,
    },
}

/// Why an expression has no answer. What it looked at is not told: that could be anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// It says neither yes nor no.
    #[error("it is neither true nor false")]
    NotBoolean,
    /// It broke off.
    #[error("{0}")]
    Error(String),
    /// The evaluator itself broke.
    #[error("the evaluator broke")]
    Broken,
}

/// What expressions see.
pub(super) struct Scope(Context<'static, 'static>);

impl Scope {
    /// Makes facts visible to expressions.
    pub(super) fn new(facts: &Facts) -> Result<Self, Failure> {
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        for (name, value) in variables(facts)? {
            context.add_variable_from_value(name, value);
        }
        Ok(Self(context))
    }
}

fn variables(facts: &Facts) -> Result<[(&'static str, Value); 4], Failure> {
    let failed = |why: cel::SerializationError| Failure::Error(why.to_string());
    Ok([
        ("post", to_value(&facts.post).map_err(failed)?),
        ("account", to_value(&facts.account).map_err(failed)?),
        ("author", to_value(&facts.author).map_err(failed)?),
        ("time", to_value(&facts.time).map_err(failed)?),
    ])
}

impl Expression {
    /// Understands a text, and tries it on two posts.
    ///
    /// # Errors
    /// See [`ExpressionError`].
    pub(super) fn compile(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > LONGEST {
            return Err(ExpressionError::TooLong);
        }
        let expression = Self(parse(text)?);
        Names::of(&Facts::full())
            .and_then(|names| names.check(&expression.0, &[], 0))
            .map_err(ExpressionError::NotOffered)?;
        for (facts, on) in [
            (Facts::full(), "that has everything"),
            (Facts::bare(), "without hashtags, pictures and the like"),
        ] {
            Scope::new(&facts)
                .and_then(|scope| expression.holds(&scope))
                .map_err(|why| ExpressionError::Fails { on, why })?;
        }
        Ok(expression)
    }

    /// Whether it is true of what a scope shows.
    ///
    /// # Errors
    /// When it is neither true nor false.
    pub(super) fn holds(&self, scope: &Scope) -> Result<bool, Failure> {
        // Nothing that is shared is changed by it, so nothing can be left half done.
        match catch_unwind(AssertUnwindSafe(|| Value::resolve(&self.0, &scope.0))) {
            Ok(Ok(Value::Bool(answer))) => Ok(answer),
            Ok(Ok(_)) => Err(Failure::NotBoolean),
            Ok(Err(why)) => Err(Failure::Error(why.to_string())),
            Err(_) => Err(Failure::Broken),
        }
    }
}

fn parse(text: &str) -> Result<IdedExpr, ExpressionError> {
    let parsed = catch_unwind(|| {
        PrattParser::new()
            .max_recursion_depth(DEEPEST)
            .max_expression_node_count(MOST_NODES)
            .parse(text)
    });
    let syntax = |(line, column), why: String| ExpressionError::Syntax {
        line: usize::try_from(line).unwrap_or(1).max(1),
        column: usize::try_from(column).unwrap_or(1).max(1),
        why,
    };
    match parsed {
        Ok(Ok(expression)) => Ok(expression),
        Ok(Err(errors)) => {
            let first = errors.errors.into_iter().next();
            Err(first.map_or_else(
                || syntax((1, 1), "no expression".to_owned()),
                |error| syntax(error.pos, error.msg),
            ))
        }
        Err(_) => Err(syntax((1, 1), "the parser broke".to_owned())),
    }
}

/// The names that an expression may use.
struct Names(Vec<(&'static str, Vec<String>)>);

impl Names {
    fn of(facts: &Facts) -> Result<Self, String> {
        let fields = |value: Value| match value {
            Value::Map(map) => map.map.keys().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        let variables = variables(facts).map_err(|why| why.to_string())?;
        Ok(Self(variables.map(|(name, value)| (name, fields(value))).into()))
    }

    fn fields(&self, variable: &str) -> Option<&[String]> {
        self.0
            .iter()
            .find(|(name, _)| *name == variable)
            .map(|(_, fields)| fields.as_slice())
    }

    /// Refuses unknown names, loops inside loops, and what is nested too deeply. `local` names what the
    /// loop around it declares.
    fn check(&self, node: &IdedExpr, local: &[&str], depth: u16) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!(
                "nested more than {DEEPEST} deep: split it into several rules"
            ));
        }
        let deeper = |node: &IdedExpr| self.check(node, local, depth + 1);
        match &node.expr {
            Expr::Ident(name) => self.variable(name, local),
            Expr::Select(select) => {
                if let Expr::Ident(variable) = &select.operand.expr
                    && !local.contains(&variable.as_str())
                {
                    self.field(variable, &select.field)?;
                }
                deeper(&select.operand)
            }
            Expr::Call(call) => {
                function(&call.func_name)?;
                call.target.iter().try_for_each(|target| deeper(target))?;
                call.args.iter().try_for_each(deeper)
            }
            Expr::Comprehension(comprehension) => self.check_loop(comprehension, local, depth),
            Expr::List(list) => list.elements.iter().try_for_each(deeper),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => deeper(&entry.key).and_then(|()| deeper(&entry.value)),
                EntryExpr::StructField(field) => deeper(&field.value),
            }),
            Expr::Struct(_) | Expr::Unspecified => Err("messages are not offered".to_owned()),
            Expr::Literal(_) => Ok(()),
        }
    }

    fn check_loop(&self, it: &ComprehensionExpr, local: &[&str], depth: u16) -> Result<(), String> {
        if !local.is_empty() {
            return Err("a loop inside a loop (`exists`, `all`, `exists_one`, `filter`)".to_owned());
        }
        if collects_more_than_it_reads(it) {
            return Err("`map` is not offered: use `exists`, `all`, `exists_one` or `filter`".to_owned());
        }
        self.check(&it.iter_range, local, depth + 1)?;
        let mut inside = vec![it.iter_var.as_str(), it.accu_var.as_str()];
        inside.extend(it.iter_var2.as_deref());
        [&it.accu_init, &it.loop_cond, &it.loop_step, &it.result]
            .into_iter()
            .try_for_each(|node| self.check(node, &inside, depth + 1))
    }

    fn variable(&self, name: &str, local: &[&str]) -> Result<(), String> {
        if local.contains(&name) || self.fields(name).is_some() {
            return Ok(());
        }
        Err(format!(
            "there is no `{name}`: expressions see `post`, `account`, `author` and `time`"
        ))
    }

    fn field(&self, variable: &str, field: &str) -> Result<(), String> {
        let Some(fields) = self.fields(variable) else {
            return Ok(()); // told by the variable itself
        };
        if fields.iter().any(|known| known == field) {
            return Ok(());
        }
        let mut known: Vec<&str> = fields.iter().map(String::as_str).collect();
        known.sort_unstable();
        Err(format!(
            "`{variable}` has no `{field}`, it has {}",
            known.join(", ")
        ))
    }
}

fn function(name: &str) -> Result<(), String> {
    let known = FUNCTIONS.iter().chain(&OPERATORS).chain(&HIDDEN);
    if known.into_iter().any(|known| *known == name) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is not offered; the functions are {}",
        FUNCTIONS.join(", ")
    ))
}

/// `map` builds a list of new values, which could be large ones; `filter` only keeps what is there.
fn collects_more_than_it_reads(it: &ComprehensionExpr) -> bool {
    let builds_a_list = matches!(it.accu_init.expr, Expr::List(_));
    builds_a_list && !keeps_only(&it.loop_step, &it.iter_var)
}

fn keeps_only(step: &IdedExpr, variable: &str) -> bool {
    let Expr::Call(choice) = &step.expr else {
        return false;
    };
    let Some(Expr::Call(adding)) = choice.args.get(1).map(|node| &node.expr) else {
        return false;
    };
    let Some(Expr::List(list)) = adding.args.get(1).map(|node| &node.expr) else {
        return false;
    };
    let is_variable = |node: &IdedExpr| matches!(&node.expr, Expr::Ident(name) if name == variable);
    choice.func_name == "_?_:_" && list.elements.iter().all(is_variable)
}
