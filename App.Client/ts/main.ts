import "../Look/look.css";
