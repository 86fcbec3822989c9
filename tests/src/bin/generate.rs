//! Writes, or verifies, every file that is generated from the code.

use std::any::TypeId;
use std::collections::HashSet;

use ts_rs::{TS, TypeVisitor};
use vestibule_model::view::{AppRequest, AppView};

struct Declarations<'a> {
    config: &'a ts_rs::Config,
    seen: HashSet<TypeId>,
    declared: Vec<(String, String)>,
}

impl TypeVisitor for Declarations<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        if T::output_path().is_some() {
            let declaration = format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(self.config));
            self.declared.push((T::ident(self.config), declaration));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

fn main() {
    let config = ts_rs::Config::new().with_large_int("number");
    let mut declarations = Declarations { config: &config, seen: HashSet::new(), declared: Vec::new() };
    declarations.visit::<AppView>();
    declarations.visit::<AppRequest>();
    declarations.declared.sort();
    let text: Vec<String> = declarations.declared.into_iter().map(|(_, d)| d).collect();
    let text = format!("// Generated from model/src/view.rs: do not edit.\n\n{}", text.join("\n"));
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/generated/model.ts"), text).expect("written");
}
