"""Which nodes of each grammar are definitions, and which only hold some."""

IN, FUNCTION, TYPE, VALUE = "in", "function", "type", "value"

_C = {
    "function_definition": FUNCTION,
    "declaration": FUNCTION,
    "preproc_function_def": FUNCTION,
    "struct_specifier": TYPE,
    "union_specifier": TYPE,
    "enum_specifier": TYPE,
    "type_definition": TYPE,
} | dict.fromkeys(
    (
        "preproc_if",
        "preproc_ifdef",
        "preproc_else",
        "preproc_elif",
        "linkage_specification",
        "declaration_list",
    ),
    IN,
)
_JAVASCRIPT = {
    "function_declaration": FUNCTION,
    "generator_function_declaration": FUNCTION,
    "method_definition": FUNCTION,
    "field_definition": FUNCTION,
    "assignment_expression": FUNCTION,
    "class_declaration": TYPE,
    "variable_declarator": VALUE,
} | dict.fromkeys(
    ("export_statement", "lexical_declaration", "variable_declaration", "expression_statement"), IN
)
_TYPESCRIPT = (
    _JAVASCRIPT
    | {
        "function_signature": FUNCTION,
        "method_signature": FUNCTION,
        "abstract_method_signature": FUNCTION,
        "public_field_definition": FUNCTION,
    }
    | dict.fromkeys(
        (
            *(
                "abstract_class_declaration",
                "interface_declaration",
                "type_alias_declaration",
                "enum_declaration",
            ),
            *("internal_module", "module"),
        ),
        TYPE,
    )
    | {"ambient_declaration": IN}
)

NODES: dict[str, dict[str, str]] = {
    "python": {
        "function_definition": FUNCTION,
        "class_definition": TYPE,
        "type_alias_statement": TYPE,
        "assignment": VALUE,
    }
    | dict.fromkeys(
        (
            *(
                "decorated_definition",
                "expression_statement",
                "block",
                "if_statement",
                "else_clause",
                "elif_clause",
            ),
            *("try_statement", "except_clause", "finally_clause", "with_statement"),
        ),
        IN,
    ),
    "javascript": _JAVASCRIPT,
    "typescript": _TYPESCRIPT,
    "tsx": _TYPESCRIPT,
    "go": {
        "function_declaration": FUNCTION,
        "method_declaration": FUNCTION,
        "method_elem": FUNCTION,
        "type_spec": TYPE,
        "type_alias": TYPE,
        "const_spec": VALUE,
        "var_spec": VALUE,
    }
    | dict.fromkeys(
        ("type_declaration", "const_declaration", "var_declaration", "var_spec_list", "interface_type"), IN
    ),
    "rust": {
        "function_item": FUNCTION,
        "function_signature_item": FUNCTION,
        "macro_definition": FUNCTION,
        "const_item": VALUE,
        "static_item": VALUE,
    }
    | dict.fromkeys(
        ("struct_item", "enum_item", "union_item", "trait_item", "impl_item", "mod_item", "type_item"), TYPE
    )
    | {"foreign_mod_item": IN, "declaration_list": IN},
    "java": {
        "method_declaration": FUNCTION,
        "constructor_declaration": FUNCTION,
        "compact_constructor_declaration": FUNCTION,
        "enum_body_declarations": IN,
    }
    | dict.fromkeys(
        (
            *("class_declaration", "interface_declaration", "enum_declaration", "record_declaration"),
            "annotation_type_declaration",
        ),
        TYPE,
    ),
    "c": _C,
    "cpp": _C
    | {
        "field_declaration": FUNCTION,
        "class_specifier": TYPE,
        "alias_declaration": TYPE,
        "concept_definition": TYPE,
    }
    | {"namespace_definition": TYPE, "template_declaration": IN, "field_declaration_list": IN},
    "bash": {"function_definition": FUNCTION},
}
"""Language -> type of a node -> what it defines, or IN where definitions stand inside of it."""
