//! French labels of the national codes (ANS "NOS" nomenclatures).
