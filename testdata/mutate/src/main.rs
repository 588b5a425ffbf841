//! Writes every mutant of some files into them at once, each behind a number that is switched on when the tests run: one
//! build for all. The mutations are those of cargo-mutants, as far as they fit into an expression.
//!
//! `mutate write ROOT LIST OFF FILE...` rewrites the files below ROOT and lists the mutants, less those in OFF.
//! `mutate off ROOT OFF < MESSAGES` adds to OFF the mutants to which rustc's short messages point.

use proc_macro2::Span;
use quote::quote;
use std::collections::HashSet;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::*;

struct M {
    file: String,
    func: Vec<String>,
    next: u32,
    off: HashSet<u32>,
    list: Vec<String>,
}

fn has_let(e: &Expr) -> bool {
    match e {
        Expr::Let(_) => true,
        Expr::Binary(b) if matches!(b.op, BinOp::And(_)) => has_let(&b.left) || has_let(&b.right),
        Expr::Paren(p) => has_let(&p.expr),
        _ => false,
    }
}

impl M {
    fn new_id(&mut self, at: Span, what: &str) -> Option<u32> {
        let id = self.next;
        self.next += 1;
        let s = at.start();
        if self.off.contains(&id) {
            return None;
        }
        self.list.push(format!(
            "{id}\t{}:{}:{}\t{}\t{}",
            self.file,
            s.line,
            s.column + 1,
            self.func.join("::"),
            what.replace(['\n', '\t'], " ")
        ));
        Some(id)
    }
    fn function(&mut self, attrs: &[Attribute], sig: &Signature, block: &mut Block) {
        if Self::test_attr(attrs) || sig.constness.is_some() {
            return;
        }
        self.func.push(sig.ident.to_string());
        visit_mut::visit_block_mut(self, block);
        self.body(sig, block);
        self.func.pop();
    }
    fn test_attr(a: &[Attribute]) -> bool {
        a.iter().any(|a| {
            let t = quote!(#a).to_string();
            t.contains("test")
        })
    }
    fn body(&mut self, sig: &Signature, block: &mut Block) {
        if sig.constness.is_some() || sig.asyncness.is_some() {
            return;
        }
        let ret = match &sig.output {
            ReturnType::Default => "()".to_string(),
            ReturnType::Type(_, t) => quote!(#t).to_string(),
        };
        let alts: Vec<&str> = match ret.as_str() {
            "()" => vec!["()"],
            "bool" => vec!["true", "false"],
            "f64" | "f32" => vec!["0.0", "1.0"],
            "u8" | "u16" | "u32" | "u64" | "i32" | "i64" | "usize" => vec!["0", "1"],
            "String" => vec!["String::new()"],
            r if r.starts_with("Option <") => vec!["None"],
            r if r.starts_with("Vec <") => vec!["Vec::new()"],
            "& 'static str" | "& str" => vec!["\"\""],
            _ => vec![],
        };
        let mut pre: Vec<Stmt> = Vec::new();
        for a in alts {
            if let Some(id) = self.new_id(sig.ident.span(), &format!("body of {} -> {a}", sig.ident)) {
                let v: Expr = parse_str(a).unwrap();
                pre.push(parse_quote!(if crate::mutants::on(#id) { return #v; }));
            }
        }
        pre.append(&mut block.stmts);
        block.stmts = pre;
    }
}

impl VisitMut for M {
    fn visit_item_mod_mut(&mut self, i: &mut ItemMod) {
        if !Self::test_attr(&i.attrs) {
            visit_mut::visit_item_mod_mut(self, i)
        }
    }
    fn visit_item_const_mut(&mut self, _: &mut ItemConst) {}
    fn visit_item_static_mut(&mut self, _: &mut ItemStatic) {}
    fn visit_impl_item_const_mut(&mut self, _: &mut ImplItemConst) {}
    fn visit_type_mut(&mut self, _: &mut Type) {}
    fn visit_pat_mut(&mut self, _: &mut Pat) {}
    fn visit_attribute_mut(&mut self, _: &mut Attribute) {}
    fn visit_generic_argument_mut(&mut self, _: &mut GenericArgument) {}
    fn visit_item_fn_mut(&mut self, i: &mut ItemFn) {
        self.function(&i.attrs, &i.sig, &mut i.block);
    }
    fn visit_impl_item_fn_mut(&mut self, i: &mut ImplItemFn) {
        self.function(&i.attrs, &i.sig, &mut i.block);
    }
    fn visit_arm_mut(&mut self, a: &mut Arm) {
        if let Some((_, g)) = &mut a.guard {
            if !has_let(g) {
                visit_mut::visit_expr_mut(self, g);
                let sp = g.span();
                let t = self.new_id(sp, "guard -> true");
                let f = self.new_id(sp, "guard -> false");
                let mut e: Expr = parse_quote!((#g));
                if let Some(t) = t {
                    e = parse_quote!((crate::mutants::on(#t) || #e));
                }
                if let Some(f) = f {
                    e = parse_quote!((!crate::mutants::on(#f) && #e));
                }
                **g = e;
            }
        }
        self.visit_expr_mut(&mut a.body);
    }
    fn visit_expr_match_mut(&mut self, m: &mut ExprMatch) {
        visit_mut::visit_expr_match_mut(self, m);
        let wild = m.arms.last().is_some_and(|a| matches!(a.pat, Pat::Wild(_)) && a.guard.is_none());
        if wild {
            let n = m.arms.len();
            for a in &mut m.arms[..n - 1] {
                if a.guard.is_some() {
                    continue;
                }
                let p = &a.pat;
                let what = format!("match arm {} taken out", quote!(#p));
                if let Some(id) = self.new_id(p.span(), &what) {
                    a.guard = Some((Default::default(), Box::new(parse_quote!(!crate::mutants::on(#id)))));
                }
            }
        }
    }
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        visit_mut::visit_expr_mut(self, e);
        match e {
            Expr::Binary(b) => {
                use BinOp::*;
                let alts: &[&str] = match b.op {
                    Eq(_) => &["!="],
                    Ne(_) => &["=="],
                    Lt(_) => &["<=", ">="],
                    Gt(_) => &[">=", "<="],
                    Le(_) => &["<", ">"],
                    Ge(_) => &[">", "<"],
                    And(_) => &["||"],
                    Or(_) => &["&&"],
                    Add(_) => &["-"],
                    Sub(_) => &["+"],
                    Mul(_) => &["/"],
                    Div(_) => &["*"],
                    Rem(_) => &["/"],
                    AddAssign(_) => &["-="],
                    SubAssign(_) => &["+="],
                    MulAssign(_) => &["/="],
                    DivAssign(_) => &["*="],
                    BitOrAssign(_) => &["&="],
                    BitAndAssign(_) => &["|="],
                    BitAnd(_) => &["|"],
                    BitOr(_) => &["&"],
                    _ => &[],
                };
                if has_let(&b.left) || has_let(&b.right) {
                    return;
                }
                let old = {
                    let o = &b.op;
                    quote!(#o).to_string()
                };
                let sp = b.op.span();
                if matches!(b.op, And(_) | Or(_)) {
                    // The left side stands once, so that chains do not grow.
                    if let Some(id) = self.new_id(sp, &format!("{old} -> {}", alts[0])) {
                        let (l, r, o) = (&b.left, &b.right, &b.op);
                        let op: BinOp = parse_str(alts[0]).unwrap();
                        *e = parse_quote!(({ let left_side: bool = #l; if crate::mutants::on(#id) { left_side #op #r } else { left_side #o #r } }));
                    }
                    return;
                }
                let orig = b.clone();
                let (l, r) = (b.left.clone(), b.right.clone());
                let l: Expr = if old.ends_with('=') && !["==", "!=", "<=", ">="].contains(&old.as_str()) {
                    *l
                } else {
                    parse_quote!((#l))
                };
                let mut out: Expr = Expr::Binary(orig);
                if let Expr::Binary(b) = &mut out {
                    *b.left = l.clone();
                }
                for a in alts {
                    if let Some(id) = self.new_id(sp, &format!("{old} -> {a}")) {
                        let op: BinOp = parse_str(a).unwrap();
                        let t = quote!((if crate::mutants::on(#id) { #l #op #r } else { #out }));
                        out = match parse2(t.clone()) {
                            Ok(e) => e,
                            Err(x) => panic!("{x}: {t}"),
                        };
                    }
                }
                *e = out;
            }
            Expr::Unary(u)
                if matches!(u.op, UnOp::Not(_)) || matches!(u.op, UnOp::Neg(_)) && !matches!(*u.expr, Expr::Lit(_)) =>
            {
                let inner = u.expr.clone();
                let orig = u.clone();
                let old = {
                    let o = &u.op;
                    quote!(#o).to_string()
                };
                if let Some(id) = self.new_id(u.op.span(), &format!("{old} taken out")) {
                    *e = parse_quote!((if crate::mutants::on(#id) { #inner } else { #orig }));
                }
            }
            _ => {}
        }
    }
}

fn main() {
    let a: Vec<String> = std::env::args().skip(1).collect();
    match a.first().map(String::as_str) {
        Some("write") => write(&a[1..]),
        Some("off") => switch_off(&a[1], &a[2]),
        _ => panic!("usage: mutate write ROOT LIST OFF FILE... | mutate off ROOT OFF"),
    }
}

/// What does not compile is no mutant: the last switch before the place of each error goes.
fn switch_off(root: &str, off: &str) {
    let mut ids = HashSet::new();
    for line in std::io::stdin().lines().map_while(|l| l.ok()).filter(|l| l.contains(": error")) {
        let mut cells = line.split(':');
        let (Some(file), Some(Ok(at))) = (cells.next(), cells.next().map(str::parse::<usize>)) else { continue };
        let text = std::fs::read_to_string(format!("{root}/{file}")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().take(at).collect();
        let near = lines
            .iter()
            .rev()
            .take(8)
            .find_map(|l| l.rsplit_once("mutants::on(")?.1.split(['u', ')']).next()?.parse().ok());
        match near {
            Some(id) => drop::<bool>(ids.insert(id)),
            None => eprintln!("not placed: {line}"),
        }
    }
    let mut all: Vec<u32> = read_off(off).into_iter().chain(ids).collect();
    all.sort_unstable();
    all.dedup();
    let all: String = all.iter().map(|i| format!("{i}\n")).collect();
    std::fs::write(off, all).unwrap();
}

fn read_off(off: &str) -> HashSet<u32> {
    std::fs::read_to_string(off).unwrap_or_default().lines().filter_map(|l| l.trim().parse().ok()).collect()
}

fn write(a: &[String]) {
    let off = read_off(&a[2]);
    let mut m = M { file: String::new(), func: vec![], next: 1, off, list: vec![] };
    for f in &a[3..] {
        let path = format!("{}/{f}", a[0]);
        let mut file = parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
        m.file = f.clone();
        m.visit_file_mut(&mut file);
        std::fs::write(&path, prettyplease::unparse(&file)).unwrap();
    }
    std::fs::write(&a[1], m.list.join("\n") + "\n").unwrap();
    eprintln!("{} mutants, {} of them do not compile", m.next - 1, m.next as usize - 1 - m.list.len());
}
